"""Everything that is known about a challenger before the gates decide."""

from dataclasses import dataclass

import numpy as np

from ..config import Settings
from ..errors import StageError
from ..features.prepared import Split, read_split
from ..registry.bundle import Bundle
from ..registry.records import Interval
from .baseline import baseline_scores, leaks
from .compare import Rival, gain_over, intervals
from .metrics import Scale, scale
from .slices import Slice, slices


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


def gather(settings: Settings, bundle: Bundle, champion: Bundle | None) -> Evidence:
    """Score the test part with the challenger, the baseline and the champion, and measure."""
    train = read_split(settings.data.prepared, "train")
    test = read_split(settings.data.prepared, "test")
    measure = scale(bundle.contract.threshold)
    scores = _scores(bundle, test)
    bars, seed = settings.evaluation, settings.seed

    def rival(name: str, theirs: np.ndarray) -> Rival:
        return Rival(name, theirs, gain_over(measure, test, scores, theirs, bars.bootstrap, seed))

    baseline = rival("baseline", baseline_scores(train, test))
    best = rival(champion.digest, _scores(champion, test)) if champion else None
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
