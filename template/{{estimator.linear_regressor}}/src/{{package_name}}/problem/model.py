"""The estimator and its hyperparameters; a field's bounds are also its search space."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sklearn.linear_model import Ridge

TRUSTED_TYPES: tuple[str, ...] = ()


class Params(BaseModel):
    """Hyperparameters, with the values that config/default.yaml does not override."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alpha: Annotated[float, Field(ge=0.001, le=1000.0, json_schema_extra={"log": True})] = 10.0


def build_model(params: Params, seed: int) -> Ridge:
    """Return an unfitted regressor over the transformed features."""
    return Ridge(**params.model_dump(), random_state=seed)
