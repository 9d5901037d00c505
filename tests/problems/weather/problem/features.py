"""How Input columns become numbers: one transformer, fitted in training, shipped whole."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

PLACES = ["station"]
TEMPERATURES = ["degrees", "degrees_3h_ago", "degrees_18h_ago", "dew_point"]
AIR = ["millibars", "wind_from", "wind_knots"]


class FeatureParams(BaseModel):
    """What `features` in config/default.yaml may set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # That many principal components replace the temperatures.
    pca_components: Annotated[int, Field(ge=1)] | None = None


def build_features(params: FeatureParams) -> ColumnTransformer:
    """Return an unfitted transformer: (n, Input columns) to (n, features) float64."""
    return ColumnTransformer(
        [
            ("places", OneHotEncoder(handle_unknown="ignore", sparse_output=False), PLACES),
            ("flags", "passthrough", ["gusty"]),  # apart from clock: together they are objects
            ("clock", "passthrough", ["clock"]),
            ("temperatures", _temperatures(params.pca_components), TEMPERATURES),
            ("air", SimpleImputer(strategy="median"), AIR),
        ],
        verbose_feature_names_out=False,
    )


def _temperatures(components: int | None) -> Pipeline:
    fill = SimpleImputer(strategy="median")
    if components is None:
        return make_pipeline(fill)
    return make_pipeline(fill, StandardScaler(), PCA(n_components=components))
