"""How Input columns become numbers: one transformer, fitted in training, shipped whole."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder

CATEGORIES = ["carrier", "origin", "dest"]
WEATHER = ["temp", "humid", "wind_speed", "precip", "visib"]
NUMBERS = ["distance", "hour", "weekday", "seats", "late_share"]


class FeatureParams(BaseModel):
    """What `features` in config/default.yaml may set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # That many principal components replace the weather columns.
    pca_components: Annotated[int, Field(ge=1)] | None = None


def build_features(params: FeatureParams) -> ColumnTransformer:
    """Return an unfitted transformer: (n, Input columns) to (n, features) float64."""
    return ColumnTransformer(
        [
            ("categories", _categories(), CATEGORIES),
            ("numbers", _numbers(), NUMBERS),
            ("weather", _weather(params.pca_components), WEATHER),
        ],
        verbose_feature_names_out=False,
    )


def _categories() -> TargetEncoder:
    # A category becomes the mean label of its rows in other folds; one never seen, the mean of all.
    return TargetEncoder(target_type="binary", cv=KFold(5))


def _numbers() -> Pipeline:
    return Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])


def _weather(components: int | None) -> Pipeline:
    steps: list[tuple[str, Any]] = list(_numbers().steps)
    if components is not None:
        steps.append(("pca", PCA(n_components=components)))
    return Pipeline(steps)
