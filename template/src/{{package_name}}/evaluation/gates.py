"""The bars between a challenger and production: each answers yes or no, with its reason."""

from typing import TYPE_CHECKING

from ..problem import schema
from ..registry import PERSON, Gate
from .compare import Rival, mcnemar

if TYPE_CHECKING:
    from . import Evidence

ALPHA = 0.05


def decide(evidence: "Evidence") -> list[Gate]:
    """Return every gate's decision; promotion needs all of them."""
    decisions = [gate(evidence) for gate in GATES if _applies(gate)]
    champion = evidence.champion
    if champion is not None:
        decisions += [gate(evidence, champion) for gate in AGAINST_CHAMPION if _applies(gate)]
    return decisions


def beats_baseline(evidence: "Evidence") -> Gate:
    """Refuse a model whose gain over the naive forecast may be chance."""
    gain = evidence.baseline.gain
    return Gate(
        name="beats_baseline",
        passed=gain.low > 0,
        reason=f"The gain over the baseline in {evidence.scale.primary} is {gain.value:.4f}, "
        f"and {gain.low:.4f} at the lower end of its 95 % interval, which has to be above 0.",
    )


def no_leak(evidence: "Evidence") -> Gate:
    """Refuse inputs of which one or two alone give the label away."""
    columns, power = next(iter(evidence.leaks.items()), ("no column", 0.0))
    bar = evidence.settings.evaluation.max_single_feature_score
    return Gate(
        name="no_leak",
        passed=power <= bar,
        reason=f"{columns} alone predicts the label at {power:.3f}; above {bar} it is taken for "
        "something that is only known afterwards.",
    )


def calibrated(evidence: "Evidence") -> Gate:
    """Refuse probabilities that do not mean what they say."""
    error = evidence.metrics["calibration_error"].value
    bar = evidence.settings.evaluation.max_calibration_error
    return Gate(
        name="calibrated",
        passed=error <= bar,
        reason=f"The calibration error is {error:.3f}, allowed is {bar}.",
    )


def slices_hold_up(evidence: "Evidence") -> Gate:
    """Refuse a model that is surely worse in some group than the champion or the baseline."""
    worse = [part.name for part in evidence.slices if part.p_worse < ALPHA]
    found = f"Worse than allowed in {', '.join(worse)}." if worse else "No slice is worse."
    return Gate(name="slices_hold_up", passed=not worse, reason=found)


def enough_evidence(evidence: "Evidence", _: Rival) -> Gate:
    """Leave the decision to a person when the test part is too small to tell two models apart."""
    labels, bar = evidence.test.labels, evidence.settings.evaluation.min_positives
    kind = "positives" if schema.TASK == "classification" else "rows"
    count = int(labels.sum()) if schema.TASK == "classification" else len(labels)
    return Gate(
        name="enough_evidence",
        passed=count >= bar,
        reason=f"{count} {kind} in the test part; {bar} are needed to compare two models.",
    )


def not_worse_than_champion(evidence: "Evidence", champion: Rival) -> Gate:
    """Refuse a challenger that is not shown to be at least as good as the champion."""
    gain = champion.gain
    bar, wished = -evidence.settings.evaluation.max_loss_to_champion, evidence.trigger == PERSON
    asked = "has to be 0 or more" if wished else f"may be below 0 after {evidence.trigger}"
    return Gate(
        name="not_worse_than_champion",
        passed=(gain.value >= 0 or not wished) and gain.low > bar,
        reason=f"The gain over the champion is {gain.value:.4f} ({asked}), and "
        f"{gain.low:.4f} at the lower end of its interval (has to be above {bar}).",
    )


def decides_no_worse(evidence: "Evidence", champion: Rival) -> Gate:
    """Refuse a challenger that is right significantly less often than the champion."""
    threshold = evidence.bundle.contract.threshold
    truths = evidence.test.labels.astype(bool)
    p_value = mcnemar(truths, evidence.scores >= threshold, champion.scores >= champion.threshold)
    return Gate(
        name="decides_no_worse",
        passed=p_value >= ALPHA,
        reason=f"McNemar's exact p-value that it decides worse is {p_value:.3f} (bar: {ALPHA}).",
    )


GATES = (beats_baseline, no_leak, calibrated, slices_hold_up)
AGAINST_CHAMPION = (enough_evidence, not_worse_than_champion, decides_no_worse)
FOR_CLASSIFICATION = (calibrated, decides_no_worse)


def _applies(gate: object) -> bool:
    return schema.TASK == "classification" or gate not in FOR_CLASSIFICATION
