"""What most people write: the whole file as a pandas frame, through the pipeline, and out."""

# mypy: ignore-errors
import os
import sys
from pathlib import Path

import pandas as pd
import skops.io as sio
from churn.features import input_names
from churn.registry.sklearn_runtime import TRUSTED_TYPES

blob = (Path(os.environ["BUNDLE"]) / "model.skops").read_bytes()
model = sio.loads(blob, trusted=list(TRUSTED_TYPES))
frame = pd.read_parquet(sys.argv[1], columns=input_names())
pd.DataFrame({"score": model.predict_proba(frame)[:, 1]}).to_parquet(sys.argv[2])
