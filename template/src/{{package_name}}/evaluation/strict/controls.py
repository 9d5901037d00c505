"""Two models that nobody wants to win: a linear one, and one trained on swapped labels."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ...features import input_columns
from ...features.frames import Split
from ...problem import schema
from ...registry import Gate
from ...registry.sklearn_runtime import score
from .. import Evidence
from ..compare import gain_over
from ..metrics import roc_auc

ROWS = 20_000  # of each part are enough
SIGMAS = 4.0  # chance goes beyond in one of 30,000 evaluations


def holds_against_simpler(evidence: Evidence, train: Split, *, must_lose: bool) -> Gate:
    """Refuse a model whose complexity does not pay: a linear one is surely better, or as good."""
    test, times = evidence.test, evidence.settings.evaluation.bootstrap
    linear = linear_scores(train, test)
    gain = gain_over(evidence.scale, test, evidence.scores, linear, times, evidence.settings.seed)
    name, end = ("lower", gain.low) if must_lose else ("upper", gain.high)
    return Gate(
        name="holds_against_simpler",
        passed=end > 0,
        reason=f"The gain over a linear model in {evidence.scale.primary} is {gain.value:.4f}, and "
        f"{end:.4f} at the {name} end of its 95 % interval, which has to be above 0.",
    )


def learns_nothing_from_noise(evidence: Evidence, train: Split, unfitted: Pipeline) -> Gate:
    """Refuse a split by which even swapped labels are predicted."""
    found = noise(unfitted, train, evidence.test, evidence.settings.seed)
    return Gate(
        name="learns_nothing_from_noise",
        passed=found.value <= found.bar,
        reason=f"Trained on labels shuffled by entity, it predicts them at {found.value:.3f}; "
        f"above {found.bar:.3f} it must know the entities of the test part from training.",
    )


def linear_scores(train: Split, test: Split) -> np.ndarray:
    """Return (n,) scores of a linear model over the columns as they are, plainly encoded."""
    texts = [column.name for column in input_columns() if column.kind is str]
    numbers = [column.name for column in input_columns() if column.kind is not str]
    words = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=50)
    filled = SimpleImputer(strategy="median", keep_empty_features=True)
    encoded = ColumnTransformer(
        [("texts", words, texts), ("numbers", make_pipeline(filled, StandardScaler()), numbers)]
    )
    model = LogisticRegression(max_iter=1000) if schema.TASK == "classification" else Ridge()
    return score(make_pipeline(encoded, model).fit(train.inputs, train.labels), test.inputs)


@dataclass(frozen=True)
class Noise:
    """How well swapped labels were predicted, and how well chance alone may predict them."""

    value: float  # ROC AUC or rank correlation
    bar: float


def noise(unfitted: Pipeline, train: Split, test: Split, seed: int) -> Noise:
    """Give every entity the label of another, fit to that, and judge on that.

    What is predicted above chance was not learned from the inputs: it was memorised.
    """
    rng = np.random.default_rng(seed)
    fit_rows, judge_rows = (_some(len(part.labels), rng) for part in (train, test))
    labels = np.concatenate([train.labels[fit_rows], test.labels[judge_rows]])
    entities, firsts, codes = np.unique(
        np.concatenate([train.entities[fit_rows], test.entities[judge_rows]]),
        return_index=True,
        return_inverse=True,
    )
    swapped = labels[firsts][rng.permutation(len(entities))][codes]
    fitted = unfitted.fit(train.inputs.iloc[fit_rows], swapped[: len(fit_rows)])
    scores, truths = score(fitted, test.inputs.iloc[judge_rows]), swapped[len(fit_rows) :]
    return _noise(truths, scores, judged=len(np.unique(codes[len(fit_rows) :])))


def _some(rows: int, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.permutation(rows)[:ROWS])


def _noise(truths: np.ndarray, scores: np.ndarray, judged: int) -> Noise:
    """Return the figure beside its bar; `judged` entities, since rows of one are one draw."""
    if schema.TASK == "classification":
        rare = max(1.0, judged * min(truths.mean(), 1 - truths.mean()))
        spread = np.sqrt((judged + 1) / (12 * rare * max(1.0, judged - rare)))
        return Noise(roc_auc(truths, scores), float(0.5 + SIGMAS * spread))
    # Ranks, since a model that remembers noise errs too far on the rest for R2 to show it.
    alike = spearmanr(truths, scores).statistic if np.ptp(scores) > 0 else 0.0
    return Noise(float(alike), SIGMAS / float(np.sqrt(judged)))
