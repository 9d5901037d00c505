"""Converters that skl2onnx lacks, or that it has in single precision only."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import DoubleTensorType, StringTensorType
from skl2onnx.common.shape_calculator import (
    calculate_linear_classifier_output_shapes,
    calculate_linear_regressor_output_shapes,
)
from sklearn.base import is_classifier
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import QuantileTransformer, TargetEncoder

Converter = Callable[[Any, Any, Any], None]
# Estimators of other libraries: where onnxmltools keeps the function that converts them.
FOREIGN = {
    "lightgbm": ("onnxmltools.convert.lightgbm.operator_converters.LightGbm", "convert_lightgbm"),
    "xgboost": ("onnxmltools.convert.xgboost.operator_converters.XGBoost", "convert_xgboost"),
}


def register(estimator: Any) -> None:
    """Teach skl2onnx this estimator, and the transformers that may come before it."""
    for kind, converter in (
        (SimpleImputer, _convert_imputer),
        (TargetEncoder, _convert_encoder),
        (QuantileTransformer, _refuse_quantiles),
    ):
        alias = f"Sklearn{kind.__name__}"
        update_registered_converter(kind, alias, _as_many_columns, converter, overwrite=True)
    library = type(estimator).__module__.partition(".")[0]
    if library in FOREIGN:
        _register_foreign(estimator, *FOREIGN[library])


def _register_foreign(estimator: Any, module: str, name: str) -> None:
    classifies = is_classifier(estimator)
    shapes = (calculate_linear_regressor_output_shapes, calculate_linear_classifier_output_shapes)
    update_registered_converter(
        type(estimator),
        f"Foreign{type(estimator).__name__}",
        shapes[classifies],
        _floored(getattr(import_module(module), name)),
        overwrite=True,
        options={"nocl": [True, False], "zipmap": [True, False, "columns"]} if classifies else {},
    )


def _floored(converter: Converter) -> Converter:
    """Let a converter round thresholds down: to the nearest, some would pass their neighbour."""

    def convert(scope: Any, operator: Any, container: Any) -> None:
        add = container.add_node

        def add_floored(*given: Any, nodes_values: Any = None, **facts: Any) -> Any:
            if nodes_values is not None:
                facts["nodes_values"] = _floor(np.asarray(nodes_values, dtype=np.float64)).tolist()
            return add(*given, **facts)

        container.add_node = add_floored
        try:
            converter(scope, operator, container)
        finally:
            container.add_node = add

    return convert


def _floor(values: np.ndarray) -> np.ndarray:
    """Return the largest numbers of single precision that are not above the values."""
    nearest = values.astype(np.float32)
    return np.where(nearest > values, np.nextafter(nearest, np.float32(-np.inf)), nearest)


class _Graph:
    """Adds nodes and constants under names of their own."""

    def __init__(self, scope: Any, container: Any) -> None:
        self._scope, self._container = scope, container

    def constant(self, values: Any, kind: int) -> str:
        """Add an array and return its name."""
        name = str(self._scope.get_unique_variable_name("constant"))
        array = np.asarray(values)
        self._container.add_initializer(name, kind, list(array.shape), array.ravel().tolist())
        return name

    def node(self, kind: str, inputs: list[str], output: str = "", **facts: Any) -> str:
        """Add a node and return the name of its output."""
        output = output or str(self._scope.get_unique_variable_name(kind.lower()))
        name = self._scope.get_unique_operator_name(kind)
        self._container.add_node(kind, inputs, [output], name=name, **facts)
        return output


def _as_many_columns(operator: Any) -> None:
    operator.outputs[0].type = DoubleTensorType([None, operator.raw_operator.n_features_in_])


def _convert_imputer(scope: Any, operator: Any, container: Any) -> None:
    """Fill NaN with the fitted statistics, in double precision."""
    imputer, (given,) = operator.raw_operator, operator.inputs
    plain = isinstance(imputer.missing_values, float) and imputer.indicator_ is None
    text = isinstance(given.type, StringTensorType)
    if not plain or text or not np.isfinite(imputer.statistics_).all():
        raise NotImplementedError("SimpleImputer of texts, of empty columns, or with an indicator")
    graph = _Graph(scope, container)
    values = graph.node("Cast", [given.full_name], to=TensorProto.DOUBLE, op_version=13)
    missing = graph.node("IsNaN", [values], op_version=13)
    fill = graph.constant(imputer.statistics_.astype(np.float64)[None, :], TensorProto.DOUBLE)
    graph.node("Where", [missing, fill, values], operator.outputs[0].full_name, op_version=16)


def _convert_encoder(scope: Any, operator: Any, container: Any) -> None:
    """Look each text up in the encodings, in double precision; the mean stands for all others."""
    encoder, (given,) = operator.raw_operator, operator.inputs
    if not isinstance(given.type, StringTensorType) or encoder.target_type_ == "multiclass":
        raise NotImplementedError("TargetEncoder of numbers, or of several classes")
    graph, encoded = _Graph(scope, container), []
    for place, known in enumerate(encoder.categories_):
        column = graph.node(
            "Gather",
            [given.full_name, graph.constant([place], TensorProto.INT64)],
            op_version=13,
            axis=1,
        )
        code = graph.node(
            "LabelEncoder",
            [column],
            op_domain="ai.onnx.ml",
            op_version=2,
            keys_strings=[str(text) for text in known],
            values_int64s=list(range(len(known))),
            default_int64=len(known),
        )
        means = [*encoder.encodings_[place], encoder.target_mean_]
        table = graph.constant(means, TensorProto.DOUBLE)
        encoded.append(graph.node("Gather", [table, code], op_version=13, axis=0))
    graph.node("Concat", encoded, operator.outputs[0].full_name, op_version=13, axis=1)


def _refuse_quantiles(scope: Any, operator: Any, container: Any) -> None:
    """Spare the wait: skl2onnx takes a minute for 400 quantiles, and for more far longer."""
    raise NotImplementedError("QuantileTransformer: it would take minutes")
