"""The estimator and its hyperparameters; a field's bounds are also its search space."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sklearn.ensemble import RandomForestClassifier

TRUSTED_TYPES = ("sklearn.tree._tree.Tree",)


class Params(BaseModel):
    """Hyperparameters, with the values that config/default.yaml does not override."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    n_estimators: Annotated[int, Field(ge=20, le=200)] = 100
    max_depth: Annotated[int, Field(ge=2, le=12)] = 6
    min_samples_leaf: Annotated[int, Field(ge=1, le=50)] = 5


def build_model(params: Params, seed: int) -> RandomForestClassifier:
    """Return an unfitted classifier over the transformed features."""
    return RandomForestClassifier(**params.model_dump(), random_state=seed)
