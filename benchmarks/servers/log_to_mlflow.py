"""Save the champion's pipeline the way MLflow does it, for `mlflow models serve`."""

# mypy: ignore-errors
import os
import sys
from pathlib import Path

import mlflow.sklearn
import skops.io as sio
from churn.registry.sklearn_runtime import TRUSTED_TYPES

blob = (Path(os.environ["BUNDLE"]) / "model.skops").read_bytes()
mlflow.sklearn.save_model(
    sio.loads(blob, trusted=list(TRUSTED_TYPES)),
    sys.argv[1],
    serialization_format="cloudpickle",
    pyfunc_predict_fn="predict_proba",
)
