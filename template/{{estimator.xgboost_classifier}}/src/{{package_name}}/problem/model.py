"""The estimator and its hyperparameters; a field's bounds are also its search space."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from xgboost import XGBClassifier

TRUSTED_TYPES = ("xgboost.core.Booster", "xgboost.sklearn.XGBClassifier")


class Params(BaseModel):
    """Hyperparameters, with the values that config/default.yaml does not override."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learning_rate: Annotated[float, Field(ge=0.01, le=0.3, json_schema_extra={"log": True})] = 0.05
    n_estimators: Annotated[int, Field(ge=50, le=400)] = 150
    max_depth: Annotated[int, Field(ge=2, le=8)] = 3
    min_child_weight: Annotated[float, Field(ge=1.0, le=50.0)] = 20.0
    reg_lambda: Annotated[float, Field(ge=0.0, le=10.0)] = 5.0


def build_model(params: Params, seed: int) -> XGBClassifier:
    """Return an unfitted classifier over the transformed features."""
    # One thread: sums keep their order, so the same data and seed give the same bits.
    return XGBClassifier(**params.model_dump(), random_state=seed, n_jobs=1, tree_method="hist")
