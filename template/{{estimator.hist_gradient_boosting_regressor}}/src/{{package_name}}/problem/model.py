"""The estimator and its hyperparameters; a field's bounds are also its search space."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sklearn.ensemble import HistGradientBoostingRegressor

TRUSTED_TYPES = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)


class Params(BaseModel):
    """Hyperparameters, with the values that config/default.yaml does not override."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learning_rate: Annotated[float, Field(ge=0.01, le=0.3, json_schema_extra={"log": True})] = 0.05
    max_iter: Annotated[int, Field(ge=50, le=400)] = 150
    max_leaf_nodes: Annotated[int, Field(ge=4, le=63)] = 8
    min_samples_leaf: Annotated[int, Field(ge=10, le=200)] = 50
    l2_regularization: Annotated[float, Field(ge=0.0, le=10.0)] = 5.0


def build_model(params: Params, seed: int) -> HistGradientBoostingRegressor:
    """Return an unfitted regressor over the transformed features."""
    return HistGradientBoostingRegressor(
        **params.model_dump(), early_stopping=False, random_state=seed
    )
