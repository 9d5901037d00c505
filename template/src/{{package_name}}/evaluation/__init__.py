"""The evaluation stage: measure the challenger, let the gates decide, write it down."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..config import Settings
from ..errors import StageError
from ..features.frames import Split, read_prepared, read_split
from ..files import write_file
from ..registry import PERSON, VERDICT, Gate, Interval, Verdict
from ..registry.bundle import Bundle
from .compare import Rival, baseline_scores, gain_over, intervals
from .gates import decide
from .metrics import Scale, scale
from .probes import Slice, leaks, slices


@dataclass(frozen=True)
class Evidence:
    """The test part, the scores on it, and the figures drawn from them."""

    settings: Settings
    bundle: Bundle
    scale: Scale
    test: Split
    scores: np.ndarray  # (n,) of the challenger
    baseline: Rival
    champion: Rival | None
    metrics: dict[str, Interval]
    slices: list[Slice]
    leaks: dict[str, float]
    trigger: str = PERSON  # or the alert or schedule that asked for the challenger


Judge = Callable[[Settings, Evidence], list[Gate]]  # more gates
Publish = Callable[[Evidence, Verdict, Path], None]  # writes for people, into the folder


def evaluate(
    settings: Settings,
    bundle: Bundle,
    champion: Bundle | None,
    publish: Publish | None = None,
    judges: Sequence[Judge] = (),
    trigger: str = PERSON,
) -> Verdict:
    """Judge the Bundle and leave the verdict in a folder named after its digest."""
    evidence = replace(gather(settings, bundle, champion), trigger=trigger)
    gates = [gate for judge in judges for gate in judge(settings, evidence)]
    verdict = _verdict(evidence, decide(evidence) + gates)
    folder = settings.evaluation.reports / bundle.digest[:12]
    if publish:
        publish(evidence, verdict, folder)
    write_file(folder / VERDICT, verdict.model_dump_json(indent=2).encode())
    return verdict


def gather(settings: Settings, bundle: Bundle, champion: Bundle | None) -> Evidence:
    """Score the test part with the challenger, the baseline and the champion, and measure."""
    train = read_split(settings.data.prepared, "train")
    test = read_split(settings.data.prepared, "test")
    measure = scale(bundle.contract.threshold)
    scores = _scores(bundle, test)
    bars, seed = settings.evaluation, settings.seed

    def rival(name: str, theirs: np.ndarray, threshold: float = 0.5) -> Rival:
        gain = gain_over(measure, test, scores, theirs, bars.bootstrap, seed)
        return Rival(name, theirs, gain, threshold)

    baseline, best = rival("baseline", baseline_scores(train, test)), None
    if champion:
        best = rival(champion.digest, _scores(champion, test), champion.contract.threshold)
    return Evidence(
        settings=settings,
        bundle=bundle,
        scale=measure,
        test=test,
        scores=scores,
        baseline=baseline,
        champion=best,
        metrics=_metrics(measure, test, scores, bars.bootstrap, seed),
        slices=slices(measure, test, scores, best or baseline, bars, seed),
        leaks=leaks(train, test),
    )


def _scores(bundle: Bundle, test: Split) -> np.ndarray:
    if test.times.min() < pd.Timestamp(bundle.contract.cut):
        raise StageError(
            f"{bundle.path} was trained on rows that are in the test part now: let data.test_share "
            "be what it was, or bring newer examples and train again."
        )
    scores = bundle.score(test.inputs)
    broken = int(np.sum(~np.isfinite(scores)))
    if broken:
        raise StageError(
            f"{bundle.path} answers {broken} of {len(scores)} rows with NaN or infinity: "
            "mend problem/features.py or problem/model.py and train again."
        )
    return scores


def _metrics(
    measure: Scale, test: Split, scores: np.ndarray, times: int, seed: int
) -> dict[str, Interval]:
    statistics = {
        name: lambda rows, metric=metric: metric(test.labels[rows], scores[rows])
        for name, metric in measure.metrics.items()
    }
    return intervals(statistics, test.entities, times, seed)


def _verdict(evidence: Evidence, gates: list[Gate]) -> Verdict:
    baseline = {
        name: metric(evidence.test.labels, evidence.baseline.scores)
        for name, metric in evidence.scale.metrics.items()
    }
    return Verdict(
        digest=evidence.bundle.digest,
        champion=evidence.champion.name if evidence.champion else None,
        data_fingerprint=read_prepared(evidence.settings.data.prepared).fingerprint,
        metrics=evidence.metrics,
        baseline=baseline,
        slices=[asdict(part) for part in evidence.slices],
        comparison=evidence.champion.gain.model_dump() if evidence.champion else None,
        gates=gates,
        trigger=evidence.trigger,
    )
