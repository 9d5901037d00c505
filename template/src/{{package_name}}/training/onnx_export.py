"""Turn the fitted Pipeline into ONNX, and keep it only if it answers the same, row by row."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pandas as pd
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, StringTensorType
from skl2onnx.sklapi import CastTransformer
from sklearn.pipeline import Pipeline

from ..features import Column, input_columns
from ..features.frames import conform, single
from ..problem import schema
from ..registry import onnx_runtime
from ..registry.bundle import Model
from . import onnx_converters

TOLERANCE = 1e-5  # of a probability, or of the standard deviation of the values
OPSETS = {"": 18, "ai.onnx.ml": 3}
UNSEEN = "never seen before"
EDGE_ROWS = 50  # rows of the data that each get one value after the other replaced


def export(pipeline: Pipeline, model: Model, threshold: float, inputs: pd.DataFrame) -> Model:
    """Return the model for ONNX Runtime, or as it was, with the reason, when the two differ.

    `inputs` are typed Input rows, on which both have to give the same scores and labels.
    """
    try:
        content = convert(pipeline)
        scorer = onnx_runtime.scorer(content)
        reason = difference(model, Model("onnx", {}, scorer), threshold, inputs)
    except Exception as error:  # whatever a converter, or the runtime, raises of what it lacks
        reason = f"it cannot be converted ({' '.join(str(error).split())[:160]})"
    if reason:
        return replace(model, reason=f"not ONNX: {reason}")
    files = {**model.files, onnx_runtime.FILE: content}
    return Model("onnx", files, scorer, libraries=onnx_runtime.LIBRARIES)


def convert(pipeline: Pipeline) -> bytes:
    """Return the Pipeline as ONNX: features in double precision, the estimator in single."""
    *transformers, estimator = _steps(pipeline)
    onnx_converters.register(estimator)
    transformers = [step for step in transformers if getattr(step, "func", None) is not single]
    steps = [*transformers, CastTransformer(dtype=np.float32), estimator]
    options = {id(estimator): {"zipmap": False}} if schema.TASK == "classification" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converter, about its own future
        model = to_onnx(
            Pipeline([(f"step{place}", step) for place, step in enumerate(steps)]),
            initial_types=[(column.name, _type(column)) for column in input_columns()],
            options=options,
            target_opset=OPSETS,
        )
    _pack_inputs(model.graph)
    return bytes(model.SerializeToString())


def _pack_inputs(graph: onnx.GraphProto) -> None:
    """Let columns come side by side, one input for each kind, instead of one by one."""
    nodes, packed = [], []
    for name, columns in onnx_runtime.inputs().items():
        kind = TensorProto.STRING if name == onnx_runtime.TEXTS else TensorProto.DOUBLE
        packed.append(helper.make_tensor_value_info(name, kind, [None, len(columns)]))
        nodes.append(helper.make_node("Split", [name], columns, axis=1, num_outputs=len(columns)))
    nodes += graph.node
    for field, values in ((graph.input, packed), (graph.node, nodes)):
        del field[:]
        field.extend(values)


def _steps(pipeline: Pipeline) -> list[Any]:
    """Return transformers and estimator in order, whatever Pipelines they are wrapped in."""
    parts = [_steps(step) if isinstance(step, Pipeline) else [step] for _, step in pipeline.steps]
    return [step for part in parts for step in part]


def difference(old: Model, new: Model, threshold: float, inputs: pd.DataFrame) -> str:
    """Return how the scores of two models differ, or nothing: on the rows, and on odd ones."""
    allowed = TOLERANCE * _scale(old.scorer(inputs))
    for frame in (inputs, *edges(inputs)):
        one, other = old.scorer(frame), new.scorer(frame)
        gap = np.abs(one - other)
        wrong = int(np.sum(~(gap <= allowed)))  # NaN is a difference too
        if wrong:
            return f"its scores differ by up to {gap.max():.2g} on {wrong} rows"
        flipped = int(np.sum((one >= threshold) != (other >= threshold)))
        if flipped and schema.TASK == "classification":
            return f"it decides {flipped} of {len(frame)} rows differently"
    return ""


def _scale(scores: np.ndarray) -> float:
    """Return what a difference is measured by: 1 for probabilities, or how far values spread."""
    spread = float(np.std(scores))
    return spread if schema.TASK == "regression" and spread > 0 else 1.0


def edges(inputs: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield rows as above with one column replaced: missing, unseen, and as far as it may go."""
    picks = np.linspace(0, len(inputs) - 1, min(EDGE_ROWS, len(inputs))).astype(int)
    rows = inputs.iloc[picks].reset_index(drop=True)
    for column in input_columns():
        for value in _odd_values(column, inputs[column.name]):
            replaced = pd.Series([value] * len(rows), dtype=object)
            yield conform(rows.assign(**{column.name: replaced}))


def _odd_values(column: Column, seen: pd.Series) -> list[Any]:
    missing = [None] if column.nullable else []
    if column.kind is bool:
        return [*missing, False, True]
    if column.kind is str:
        return [*missing, *column.choices] if column.choices else [*missing, UNSEEN]
    low = next(end for end in (column.ge, column.gt, seen.min()) if end is not None)
    high = next(end for end in (column.le, column.lt, seen.max()) if end is not None)
    return [*missing, column.kind(low), column.kind(high)]


def _type(column: Column) -> object:
    return (StringTensorType if column.kind is str else DoubleTensorType)([None, 1])
