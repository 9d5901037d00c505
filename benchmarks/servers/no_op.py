"""A limit: a FastAPI route that validates the same body and answers a constant."""

# mypy: ignore-errors
from churn.serving.ports import predict_request
from fastapi import FastAPI

app = FastAPI()
Body = predict_request(10_000)


@app.get("/ready")
async def ready() -> dict[str, str]:
    """Tell that the process runs."""
    return {"status": "ready"}


@app.post("/v1/predict")
async def predict(_request: Body) -> dict[str, float]:
    """Return nothing of use."""
    return {"score": 0.5}
