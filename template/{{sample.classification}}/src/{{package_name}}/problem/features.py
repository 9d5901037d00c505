"""How Input columns become numbers: one transformer, fitted in training, shipped whole."""

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder

CATEGORIES = ["carrier", "origin", "dest"]
WEATHER = ["temp", "humid", "wind_speed", "precip", "visib"]
NUMBERS = ["distance", "hour", "weekday", "seats", "late_share"]


def build_features(pca_components: int | None = None) -> ColumnTransformer:
    """Return an unfitted transformer: (n, Input columns) to (n, features) float64.

    `pca_components` replaces the weather columns by that many principal components.
    """
    return ColumnTransformer(
        [
            ("categories", _categories(), CATEGORIES),
            ("numbers", _numbers(), NUMBERS),
            ("weather", _weather(pca_components), WEATHER),
        ],
        verbose_feature_names_out=False,
    )


def _categories() -> Pipeline:
    # A category becomes the mean label of its rows in other folds; one never seen, the mean of all.
    encoder = TargetEncoder(target_type="binary", cv=KFold(5))
    fill = SimpleImputer(strategy="constant", fill_value="missing")
    return Pipeline([("impute", fill), ("encode", encoder)])


def _numbers() -> Pipeline:
    return Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])


def _weather(components: int | None) -> Pipeline:
    steps: list[tuple[str, Any]] = list(_numbers().steps)
    if components is not None:
        steps.append(("pca", PCA(n_components=components)))
    return Pipeline(steps)
