"""How Input columns become numbers: one transformer, fitted in training, shipped whole."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["built", "engines", "capacity"]
HOLES = ["cruise_speed"]


class FeatureParams(BaseModel):
    """What `features` in config/default.yaml may set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # That many principal components replace the numbers.
    pca_components: Annotated[int, Field(ge=1)] | None = None


def build_features(params: FeatureParams) -> ColumnTransformer:
    """Return an unfitted transformer: (n, Input columns) to (n, features) float64."""
    maker = OneHotEncoder(
        min_frequency=20, handle_unknown="infrequent_if_exist", sparse_output=False
    )
    # A fold may hold no speed at all: a constant fills the column then too, and it stays.
    holes = SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
    return ColumnTransformer(
        [
            ("maker", maker, ["maker"]),
            ("numbers", _numbers(params.pca_components), NUMBERS),
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
