"""Answer with ONNX Runtime: no scikit-learn, no pandas, and one core for each process."""

from pathlib import Path

import numpy as np
import onnxruntime as ort

from ..errors import StageError
from ..features import Column, Columns, input_columns
from .bundle import Scorer

FILE = "model.onnx"


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
    """Return the scores of an ONNX model whose inputs are the Input columns."""
    options = ort.SessionOptions()
    # Workers share the cores: more threads than one a worker only take them from one another.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    asked = [session.get_outputs()[-1].name]
    kinds = {column.name: _kind(column) for column in input_columns()}

    def scores(given: Columns) -> np.ndarray:
        feeds = {
            name: np.asarray(given[name], dtype=kind).reshape(-1, 1) for name, kind in kinds.items()
        }
        # (n, 2) probabilities, of which the last is the positive class, or (n, 1) values.
        return np.asarray(session.run(asked, feeds)[0], dtype=np.float64)[:, -1]

    return scores


def _kind(column: Column) -> np.dtype:
    return np.dtype(object if column.kind is str else np.float64)


def _brief(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]
