"""How Input columns become numbers: one transformer, fitted in training, shipped whole."""

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["built", "engines", "capacity"]
HOLES = ["cruise_speed"]


def build_features(pca_components: int | None = None) -> ColumnTransformer:
    """Return an unfitted transformer: (n, Input columns) to (n, features) float64.

    `pca_components` replaces the numbers by that many principal components.
    """
    maker = OneHotEncoder(
        min_frequency=20, handle_unknown="infrequent_if_exist", sparse_output=False
    )
    # A fold may hold no speed at all: a constant fills the column then too, and it stays.
    holes = SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
    return ColumnTransformer(
        [
            ("maker", maker, ["maker"]),
            ("numbers", _numbers(pca_components), NUMBERS),
            ("holes", holes, HOLES),
        ],
        verbose_feature_names_out=False,
    )


def _numbers(components: int | None) -> Pipeline:
    steps: list[tuple[str, Any]] = [
        ("impute", SimpleImputer(strategy="median")),
        ("scale", StandardScaler()),
    ]
    if components is not None:
        steps.append(("pca", PCA(n_components=components)))
    return Pipeline(steps)
