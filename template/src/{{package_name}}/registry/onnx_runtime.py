"""Answer with ONNX Runtime: no scikit-learn, no pandas, and one core for each process."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import StageError
from ..features import Column, Columns, Rows, input_columns
from .bundle import Scorer

# It reports to its maker unless it is told not to before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnxruntime as ort

FILE = "model.onnx"
LIBRARIES = {"onnxruntime": ort.__version__}
NUMBERS, TEXTS = "numbers", "texts"  # inputs: the fewer, the quicker a single row
KINDS: dict[str, np.dtype] = {NUMBERS: np.dtype(np.float64), TEXTS: np.dtype(object)}


def load(folder: Path) -> Scorer:
    """Return the scores of the Bundle in this folder; raises StageError when it is unreadable."""
    try:
        return scorer((folder / FILE).read_bytes())
    except Exception as error:  # the library has no class of its own for all that it raises
        raise StageError(
            f"{folder} cannot be read by ONNX Runtime {ort.__version__} ({_brief(error)}): "
            "install the locked one, or train again."
        ) from error


def scorer(content: bytes) -> Scorer:
    """Return the scores of an ONNX model whose inputs are the Input columns, kind by kind."""
    options = ort.SessionOptions()
    # Workers share the cores: more threads than one a worker only take them from one another.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    if (found := {one.name for one in session.get_inputs()}) != set(inputs()):
        raise ValueError(f"its inputs are {', '.join(sorted(found))}")
    asked = [session.get_outputs()[-1].name]
    kinds = [(name, names, KINDS[name]) for name, names in inputs().items()]
    at_once = all(map(_is_small, input_columns()))

    def scores(given: Columns) -> np.ndarray:
        pack = given.matrix if at_once and isinstance(given, Rows) else partial(_stack, given)
        feeds = {name: pack(names, kind) for name, names, kind in kinds}
        # (n, 2) probabilities, of which the last is the positive class, or (n, 1) values.
        return np.asarray(session.run(asked, feeds)[0], dtype=np.float64)[:, -1]

    return scores


def inputs() -> dict[str, list[str]]:
    """Return the inputs of a model, (n, columns) each, with the columns they have side by side."""
    columns = input_columns()
    found = {
        NUMBERS: [column.name for column in columns if column.kind is not str],
        TEXTS: [column.name for column in columns if column.kind is str],
    }
    return {name: names for name, names in found.items() if names}


def _stack(columns: Columns, names: Sequence[str], kind: np.dtype) -> np.ndarray:
    return np.column_stack([np.asarray(columns[name], dtype=kind) for name in names])


def _is_small(column: Column) -> bool:
    """Tell whether an integer fits into 64 bits because its bounds say so."""
    low = column.gt if column.ge is None else column.ge
    high = column.lt if column.le is None else column.le
    return column.kind is not int or (low is not None and high is not None)


def _brief(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]
