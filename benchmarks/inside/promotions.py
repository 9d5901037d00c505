"""How often the gates promote a challenger that is planted better, equal or worse.

Runs with a stamped project's Python. Each world is drawn from a law that is known, so the best
scores of a model that sees the truth through so much noise are known too, and are calibrated.
"""

# mypy: ignore-errors
import json
import sys
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
from churn import evaluation
from churn import registry as records
from churn.config import EvaluationSettings
from churn.evaluation import compare, gates, metrics
from churn.evaluation.strict import errors
from churn.features.frames import Split
from churn.problem import schema
from scipy.optimize import brentq
from scipy.stats import norm

BLUR, SHARED = 0.8, 0.9  # noise in what the champion sees; the share that a challenger sees too
HARD, CUT = 1.5, 1.35  # how much of a label is luck; 23 % of the labels are positive
BARS = EvaluationSettings(bootstrap=200)
ASKED = (records.PERSON, "MLDriftDetected")
NOTHING = records.Interval(value=1, low=1, high=1)


@dataclass(frozen=True)
class Plan:
    """What is planted: by how much the challenger is better."""

    rows: int
    gain: float  # of ROC AUC, or as a share of the RMSE
    task: str = "classification"
    identical: bool = False


def main() -> None:
    """Try every plan so many times; write what came of it as JSON."""
    print(json.dumps([outcome(plan, int(sys.argv[1])) for plan in plans()]))


def plans() -> list[Plan]:
    """Return what is tried."""
    small, near = (-0.02, -0.01, -0.005, 0.0, 0.005, 0.01, 0.02), (-0.005, 0.0, 0.005)
    found = [Plan(rows, 0.0, identical=True) for rows in (1_000, 4_000)]
    for rows, gains in ((1_000, small), (4_000, small), (10_000, near)):
        found += [Plan(rows, gain) for gain in gains]
    for rows in (1_000, 4_000):
        found += [Plan(rows, gain, "regression") for gain in small]
    return found


def outcome(plan: Plan, times: int) -> dict[str, object]:
    """Return how often it was promoted, and how often the rule on the gain says it should."""
    schema.TASK = plan.task
    blur = blur_for(plan)
    tried = [judged(plan, blur, seed) for seed in range(times)]
    spread = float(np.mean([spread for _, spread in tried]))
    promoted = {trigger: float(np.mean([by[trigger] for by, _ in tried])) for trigger in ASKED}
    bar = 1.96 * spread - BARS.max_loss_to_champion
    designed = {
        trigger: 1.0 if plan.identical else float(norm.cdf((plan.gain - needed) / spread))
        for trigger, needed in zip(ASKED, (max(0.0, bar), bar), strict=True)
    }
    return vars(plan) | {"spread": spread, "designed": designed, "promoted": promoted}


def judged(plan: Plan, blur: float, seed: int) -> tuple[dict[str, bool], float]:
    """Return whether the gates against a champion let it pass, and the gain's standard error."""
    rng = np.random.default_rng(seed)
    truth, test = world(plan, rng)
    common, own, other = rng.normal(0, 1, (3, plan.rows))
    old = seen(truth, BLUR, common, other, plan.task)
    new = old if plan.identical else seen(truth, blur, common, own, plan.task)
    measure = metrics.scale(0.3)
    gain = compare.gain_over(measure, test, new, old, BARS.bootstrap, seed)
    champion = compare.Rival("champion", old, gain, 0.3)
    found = evaluation.Evidence(
        settings=SimpleNamespace(evaluation=BARS, seed=seed),
        bundle=SimpleNamespace(contract=SimpleNamespace(threshold=0.3)),
        scale=measure,
        test=test,
        scores=new,
        baseline=compare.Rival("baseline", old, NOTHING),
        champion=champion,
        metrics={"calibration_error": records.Interval(value=0, low=0, high=0)},
        slices=[],
        leaks={},
    )
    strict = errors.error_no_worse(found, champion, 0.02).passed
    passed = {
        trigger: strict and all(g.passed for g in gates.decide(replace(found, trigger=trigger)))
        for trigger in ASKED
    }
    return passed, (gain.high - gain.low) / 3.92


def world(plan: Plan, rng: np.random.Generator) -> tuple[np.ndarray, Split]:
    """Draw what is there to be seen, and labels that follow it with some luck."""
    truth = rng.normal(0, 1, plan.rows)
    felt = truth + HARD * rng.normal(0, 1, plan.rows)
    labels = (felt > CUT).astype(np.float64) if plan.task == "classification" else felt
    times = pd.Series(pd.date_range("2024-01-01", periods=plan.rows, freq="min"))
    return truth, Split(pd.DataFrame(index=range(plan.rows)), labels, np.arange(plan.rows), times)


def seen(
    truth: np.ndarray, blur: float, common: np.ndarray, own: np.ndarray, task: str
) -> np.ndarray:
    """Return the best scores of a model that sees the truth through so much noise."""
    noise = np.sqrt(SHARED) * common + np.sqrt(1 - SHARED) * own
    guess, left = (truth + blur * noise) / (1 + blur**2), blur**2 / (1 + blur**2)
    if task == "regression":
        return guess
    return norm.cdf((guess - CUT) / np.sqrt(HARD**2 + left))


def blur_for(plan: Plan) -> float:
    """Return the noise with which a challenger is better by the planned gain."""
    rng = np.random.default_rng(0)
    truth, test = world(Plan(400_000, 0, plan.task), rng)
    common, own = rng.normal(0, 1, (2, 400_000))
    measure = metrics.scale(0.3)
    metric = measure.metrics[measure.primary]

    def quality(blur: float) -> float:
        return metric(test.labels, seen(truth, blur, common, own, plan.task))

    champion = quality(BLUR)
    return float(
        brentq(lambda x: measure.gain(quality(x), champion) - plan.gain, 0.0, 3.0, xtol=1e-3)
    )


if __name__ == "__main__":
    main()
