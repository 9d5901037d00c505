"""The estimator and its hyperparameters; a field's bounds are also its search space."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sklearn.ensemble import ExtraTreesRegressor

TRUSTED_TYPES = ("sklearn.tree._tree.Tree",)


class Params(BaseModel):
    """Hyperparameters, with the values that config/default.yaml does not override."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    n_estimators: Annotated[int, Field(ge=20, le=120)] = 40
    max_depth: Annotated[int, Field(ge=4, le=16)] = 12
    min_samples_leaf: Annotated[int, Field(ge=2, le=50)] = 5
    max_features: Annotated[float, Field(ge=0.2, le=1.0)] = 1.0


def build_model(params: Params, seed: int) -> ExtraTreesRegressor:
    """Return an unfitted regressor over the transformed features."""
    return ExtraTreesRegressor(**params.model_dump(), random_state=seed)
