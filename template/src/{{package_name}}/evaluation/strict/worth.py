"""What each column is worth to the model: a feature that does harm has to go."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from ...registry import Gate, Interval
from .. import Evidence
from ..compare import holm, intervals, paired_gain

ROWS, TIMES, ALPHA = 1_000, 40, 0.05  # so many resamples tell a standard error
NOTHING = Interval(value=0, low=0, high=0)  # of a column that the model does not look at


def features_pay(evidence: Evidence) -> Gate:
    """Refuse a model that would surely be noticeably better if one of its columns were noise."""
    found, harmless = worth(evidence), evidence.settings.evaluation.max_slice_drop
    harm = holm({name: _p_harm(gain, harmless) for name, gain in found.items()})
    bad = [name for name, p_value in harm.items() if p_value < ALPHA]
    idle = [name for name, gain in found.items() if gain.low <= 0 and name not in bad]
    return Gate(
        name="features_pay",
        passed=not bad,
        reason=f"Surely harmful: {', '.join(bad) or 'no column'}. "
        f"Not shown to help: {', '.join(idle) or 'no column'}.",
    )


def worth(evidence: Evidence) -> dict[str, Interval]:
    """Return, for each column, what the metric that decides loses when the column is shuffled."""
    rng = np.random.default_rng(evidence.settings.seed)
    rows = rng.permutation(len(evidence.test.labels))[:ROWS]
    inputs, truths = evidence.test.inputs.iloc[rows], evidence.test.labels[rows]
    own = evidence.scores[rows]
    without = {
        str(name): evidence.bundle.score(_shuffled(inputs, str(name), rng))
        for name in inputs.columns
    }
    gains = {
        name: paired_gain(evidence.scale, truths, own, scores) for name, scores in without.items()
    }
    used = {name: gain for name, gain in gains.items() if not np.array_equal(without[name], own)}
    found = intervals(used, evidence.test.entities[rows], TIMES, evidence.settings.seed)
    return {name: found.get(name, NOTHING) for name in gains}


def _shuffled(inputs: pd.DataFrame, name: str, rng: np.random.Generator) -> pd.DataFrame:
    mixed = inputs.assign(**{name: inputs[name].to_numpy()[rng.permutation(len(inputs))]})
    return mixed.astype(inputs.dtypes.to_dict())


def _p_harm(gain: Interval, harmless: float) -> float:
    """Return the one-sided p-value that the column does more harm than that, by the normal law."""
    spread = (gain.high - gain.low) / (2 * norm.ppf(0.975))
    return float(norm.cdf((gain.value + harmless) / spread)) if spread > 0 else 1.0
