"""How Input columns become numbers: one transformer, fitted in training, shipped whole."""

from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

PLACES = ["station"]
TEMPERATURES = ["degrees", "degrees_3h_ago", "degrees_18h_ago", "dew_point"]
AIR = ["millibars", "wind_from", "wind_knots"]


def build_features(pca_components: int | None = None) -> ColumnTransformer:
    """Return an unfitted transformer: (n, Input columns) to (n, features) float64.

    `pca_components` replaces the temperatures by that many principal components.
    """
    return ColumnTransformer(
        [
            ("places", OneHotEncoder(handle_unknown="ignore", sparse_output=False), PLACES),
            ("flags", "passthrough", ["gusty"]),  # apart from clock: together they are objects
            ("clock", "passthrough", ["clock"]),
            ("temperatures", _temperatures(pca_components), TEMPERATURES),
            ("air", SimpleImputer(strategy="median"), AIR),
        ],
        verbose_feature_names_out=False,
    )


def _temperatures(components: int | None) -> Pipeline:
    fill = SimpleImputer(strategy="median")
    if components is None:
        return make_pipeline(fill)
    return make_pipeline(fill, StandardScaler(), PCA(n_components=components))
