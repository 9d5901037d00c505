"""Everything that is known about a challenger before the gates decide."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..config import Settings
from ..features.prepared import Split, read_split
from ..registry.bundle import Bundle
from ..registry.verdict import Interval
from .baseline import baseline_scores, leaks
from .bootstrap import intervals
from .compare import Rival, gain_over
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
    gain_over_baseline: Interval
    gain_over_champion: Interval | None
    slices: list[Slice]
    leaks: dict[str, float]


def gather(settings: Settings, bundle: Bundle, champion: Bundle | None) -> Evidence:
    """Score the test part with the challenger, the baseline and the champion, and measure."""
    train = read_split(settings.data.prepared, "train")
    test = read_split(settings.data.prepared, "test")
    measure = scale(bundle.contract.threshold)
    scores = bundle.score(test.inputs)
    baseline = Rival("baseline", baseline_scores(train, test))
    rival = Rival(champion.digest, champion.score(test.inputs)) if champion else None
    bars, seed = settings.evaluation, settings.seed

    def gain(old: Rival) -> Interval:
        return gain_over(measure, test, scores, old, bars.bootstrap, seed)

    return Evidence(
        settings=settings,
        bundle=bundle,
        scale=measure,
        test=test,
        scores=scores,
        baseline=baseline,
        champion=rival,
        metrics=_metrics(measure, test, scores, bars.bootstrap, seed),
        gain_over_baseline=gain(baseline),
        gain_over_champion=gain(rival) if rival else None,
        slices=slices(measure, test, scores, rival or baseline, bars, seed),
        leaks=leaks(train, test),
    )


def _metrics(
    measure: Scale, test: Split, scores: np.ndarray, times: int, seed: int
) -> dict[str, Interval]:
    statistics = {
        name: lambda rows, metric=metric: metric(test.labels[rows], scores[rows])
        for name, metric in measure.metrics.items()
    }
    return intervals(statistics, test.entities, times, seed)


def importance(evidence: Evidence, rows: int = 1_000) -> pd.Series:
    """Return how much the primary metric loses when a column is shuffled, most first."""
    rng = np.random.default_rng(evidence.settings.seed)
    picks = rng.permutation(len(evidence.test.labels))[:rows]
    inputs, truths = evidence.test.inputs.iloc[picks], evidence.test.labels[picks]
    metric = evidence.scale.metrics[evidence.scale.primary]
    whole = metric(truths, evidence.scores[picks])
    lost = {}
    for name in inputs.columns:
        shuffled = inputs.assign(**{name: inputs[name].to_numpy()[rng.permutation(len(picks))]})
        shuffled = shuffled.astype(inputs.dtypes.to_dict())
        lost[name] = evidence.scale.gain(whole, metric(truths, evidence.bundle.score(shuffled)))
    return pd.Series(lost).sort_values(ascending=False)
