"""LitServe as its documentation shows it, with a pandas frame for scikit-learn."""

# mypy: ignore-errors
import os
import sys
from pathlib import Path

import litserve as ls
import pandas as pd
import skops.io as sio


class Scores(ls.LitAPI):
    """One row at a time."""

    def setup(self, _device):
        """Load the model."""
        from churn.registry.sklearn_runtime import TRUSTED_TYPES

        blob = (Path(os.environ["BUNDLE"]) / "model.skops").read_bytes()
        self.model = sio.loads(blob, trusted=list(TRUSTED_TYPES))

    def decode_request(self, request):
        """Return a frame."""
        return pd.DataFrame(request["rows"])

    def predict(self, frame):
        """Return the scores."""
        return self.model.predict_proba(frame)[:, 1]

    def encode_response(self, scores):
        """Return the answer."""
        return {"scores": scores.tolist()}


if __name__ == "__main__":
    server = ls.LitServer(Scores(), accelerator="cpu", api_path="/v1/predict")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
