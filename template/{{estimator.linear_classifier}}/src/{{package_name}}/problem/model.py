"""The estimator and its hyperparameters; a field's bounds are also its search space."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sklearn.linear_model import LogisticRegression

TRUSTED_TYPES: tuple[str, ...] = ()


class Params(BaseModel):
    """Hyperparameters, with the values that config/default.yaml does not override."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    C: Annotated[float, Field(ge=0.001, le=100.0, json_schema_extra={"log": True})] = 0.1


def build_model(params: Params, seed: int) -> LogisticRegression:
    """Return an unfitted classifier over the transformed features."""
    return LogisticRegression(**params.model_dump(), max_iter=1000, random_state=seed)
