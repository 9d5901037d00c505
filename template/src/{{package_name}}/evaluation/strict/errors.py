"""How wrong single predictions are: a model may rank well and still promise too much."""

import numpy as np
from scipy.special import expit, logit

from ...problem import schema
from ...registry import Gate, Interval
from .. import Evidence
from ..compare import Rival, intervals

ERRORS = {"classification": "brier", "regression": "mae"}
SLOPES = (0.8, 1.25)  # below: too bold; above: too timid
STEPS, CERTAIN = 25, 1e-6  # of Newton's method; probabilities are kept away from 0 and 1


def error_no_worse(evidence: Evidence, champion: Rival, bar: float) -> Gate:
    """Refuse a challenger that decides well by larger errors than the champion's."""
    name = ERRORS[schema.TASK]
    error, truths, new = evidence.scale.metrics[name], evidence.test.labels, evidence.scores

    def growth(rows: np.ndarray) -> float:
        old = error(truths[rows], champion.scores[rows])
        return (error(truths[rows], new[rows]) - old) / max(old, 1e-12)

    times, seed = evidence.settings.evaluation.bootstrap, evidence.settings.seed
    grown = intervals({name: growth}, evidence.test.entities, times, seed)[name]
    return Gate(
        name="error_no_worse",
        passed=grown.high < bar,
        reason=f"The {name} is {grown.value:+.2%} beside the champion's, and {grown.high:+.2%} at "
        f"the upper end of its 95 % interval, which has to be below {bar:.0%}.",
    )


def calibration_slope(evidence: Evidence) -> Gate:
    """Refuse probabilities that are surely too bold or too timid over their whole range."""
    slope, (low, high) = slope_of(evidence.test.labels, evidence.scores), SLOPES
    return Gate(
        name="calibration_slope",
        passed=slope.high >= low and slope.low <= high,
        reason=f"The calibration slope is {slope.value:.2f} (95 % interval {slope.low:.2f} to "
        f"{slope.high:.2f}, which has to reach into {low} to {high}).",
    )


def slope_of(truths: np.ndarray, scores: np.ndarray) -> Interval:
    """Return Cox's calibration slope with its 95 % Wald interval: 1 is what it should be.

    It is the slope of a logistic regression of the truths on the log odds of the scores.
    """
    odds = logit(np.clip(scores, CERTAIN, 1 - CERTAIN))
    columns = np.column_stack([np.ones_like(odds), odds])
    weights, spread = np.array([0.0, 1.0]), np.eye(2)
    for _ in range(STEPS):
        said = expit(columns @ weights)
        # A trace of ridge: scores that are all alike have no slope, and an endless interval.
        information = (columns.T * (said * (1 - said))) @ columns + 1e-9 * np.eye(2)
        spread = np.linalg.inv(information)
        step = spread @ (columns.T @ (truths - said))
        weights = weights + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-8:
            break
    value, half = float(weights[1]), 1.96 * float(np.sqrt(spread[1, 1]))
    return Interval(value=value, low=value - half, high=value + half)
