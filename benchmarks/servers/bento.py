"""BentoML as its documentation shows it, with a pandas frame for scikit-learn."""

# mypy: ignore-errors
import os
from pathlib import Path
from typing import Any

import bentoml
import pandas as pd


@bentoml.service(workers=1, http={"host": "127.0.0.1"})
class Scores:
    """One route."""

    def __init__(self) -> None:
        import skops.io as sio
        from churn.registry.sklearn_runtime import TRUSTED_TYPES

        blob = (Path(os.environ["BUNDLE"]) / "model.skops").read_bytes()
        self.model = sio.loads(blob, trusted=list(TRUSTED_TYPES))

    @bentoml.api(route="/v1/predict")
    def predict(self, rows: list[dict[str, Any]]) -> dict[str, list[float]]:
        """Return a score for each row."""
        return {"scores": self.model.predict_proba(pd.DataFrame(rows))[:, 1].tolist()}
