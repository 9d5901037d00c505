"""How Input columns become numbers: one transformer, fitted in training, shipped whole."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

# Hours and weekdays are names here: four in the afternoon is not twice eight in the morning.
CATEGORIES = ["origin", "hour", "weekday"]
FLAGS = ["near_holiday"]
HISTORY = ["lag_24h", "lag_168h", "mean_24h", "mean_168h", "same_hour_14d"]
NUMBERS = ["scheduled"]


class FeatureParams(BaseModel):
    """What `features` in config/default.yaml may set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # That many principal components replace the columns of the past.
    pca_components: Annotated[int, Field(ge=1)] | None = None


def build_features(params: FeatureParams) -> ColumnTransformer:
    """Return an unfitted transformer: (n, Input columns) to (n, features) float64."""
    return ColumnTransformer(
        [
            ("categories", _categories(), CATEGORIES),
            ("flags", "passthrough", FLAGS),
            ("numbers", _numbers(), NUMBERS),
            ("history", _history(params.pca_components), HISTORY),
        ],
        verbose_feature_names_out=False,
    )


def _categories() -> OneHotEncoder:
    # An hour never seen is none of the known ones: zeros.
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False)


def _numbers() -> Pipeline:
    return Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])


def _history(components: int | None) -> Pipeline:
    steps: list[tuple[str, Any]] = list(_numbers().steps)
    if components is not None:
        steps.append(("pca", PCA(n_components=components)))
    return Pipeline(steps)
