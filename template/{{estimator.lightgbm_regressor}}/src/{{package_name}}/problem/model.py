"""The estimator and its hyperparameters; a field's bounds are also its search space."""

from typing import Annotated

from lightgbm import LGBMRegressor
from pydantic import BaseModel, ConfigDict, Field

TRUSTED_TYPES = (
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMRegressor",
)


class Params(BaseModel):
    """Hyperparameters, with the values that config/default.yaml does not override."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learning_rate: Annotated[float, Field(ge=0.01, le=0.3, json_schema_extra={"log": True})] = 0.05
    n_estimators: Annotated[int, Field(ge=50, le=400)] = 150
    num_leaves: Annotated[int, Field(ge=4, le=63)] = 8
    min_child_samples: Annotated[int, Field(ge=10, le=200)] = 50
    reg_lambda: Annotated[float, Field(ge=0.0, le=10.0)] = 5.0


def build_model(params: Params, seed: int) -> LGBMRegressor:
    """Return an unfitted regressor over the transformed features."""
    # One thread and one fixed order of sums: the same data and seed give the same bits.
    return LGBMRegressor(
        **params.model_dump(),
        random_state=seed,
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbosity=-1,
    )
