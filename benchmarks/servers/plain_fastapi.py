"""What most people write: a route that makes a pandas frame of each row for scikit-learn."""

# mypy: ignore-errors
import os
from pathlib import Path

import pandas as pd
import skops.io as sio
from churn.problem.schema import Input
from churn.registry.sklearn_runtime import TRUSTED_TYPES
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = sio.loads(
    (Path(os.environ["BUNDLE"]) / "model.skops").read_bytes(), trusted=list(TRUSTED_TYPES)
)


class Request(BaseModel):
    """Rows to score."""

    rows: list[Input]


@app.get("/ready")
def ready() -> dict[str, str]:
    """Tell that the model is loaded."""
    return {"status": "ready"}


@app.post("/v1/predict")
def predict(request: Request) -> dict[str, list[float]]:
    """Return a score for each row."""
    frame = pd.DataFrame([row.model_dump() for row in request.rows])
    return {"scores": model.predict_proba(frame)[:, 1].tolist()}
