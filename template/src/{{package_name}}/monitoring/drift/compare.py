"""The rule: which columns have drifted from the reference, and whether the scores have."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...features import Column, input_columns
from . import MISSING, DriftSettings, rows, statistics
from .categories import Categories
from .difference import Bin, Difference
from .numbers import Numbers
from .window import Chunk

SCORE = "score"


@dataclass(frozen=True)
class Drift:
    """One column compared with the reference: a row of drift_results."""

    feature: str
    method: str
    value: float  # of the effect, corrected for its bias
    p_value: float
    q_value: float  # after Benjamini and Hochberg
    drifted: bool
    bins: list[Bin] = field(default_factory=list)

    @property
    def top(self) -> float:
        """Return the largest share, as long as a bar may be."""
        return max(max(one.reference, one.window) for one in self.bins)


class Comparison:
    """Every column and the score, counted chunk by chunk beside the reference."""

    def __init__(self, reference: Chunk) -> None:
        inputs = reference.inputs
        self.numbers = {
            column.name: Numbers(rows.numbers(inputs, column.name))
            for column in input_columns()
            if rows.is_number(column)
        }
        self.categories = {
            column.name: Categories(rows.categories(inputs, column.name))
            for column in input_columns()
            if not rows.is_number(column)
        }
        self.score = Numbers(reference.scores)

    def add(self, chunk: Chunk) -> None:
        """Count a chunk of the window."""
        for name, numbers in self.numbers.items():
            numbers.add(rows.numbers(chunk.inputs, name))
        for name, categories in self.categories.items():
            categories.add(rows.categories(chunk.inputs, name))
        self.score.add(chunk.scores)

    def differences(self) -> dict[str, Difference]:
        """Return how each column differs, and the score."""
        found = {column.name: self._tally(column) for column in input_columns()}
        return {name: tally.difference() for name, tally in (found | {SCORE: self.score}).items()}

    def gaps(self) -> dict[str, Difference]:
        """Return by how much more often a value is missing, of each column that allows it."""
        return {c.name: self._tally(c).missing() for c in input_columns() if c.nullable}

    def _tally(self, column: Column) -> Numbers | Categories:
        name = column.name
        return self.numbers[name] if rows.is_number(column) else self.categories[name]


def judge(differences: Mapping[str, Difference], options: DriftSettings) -> list[Drift]:
    """Call drift what chance does not explain and what is large: one alone is not enough."""
    most = bars(options)
    q_values = statistics.benjamini_hochberg([one.p_value for one in differences.values()])
    return [
        Drift(
            feature=name,
            method=one.method,
            value=one.value,
            p_value=one.p_value,
            q_value=float(q),
            drifted=bool(q < options.max_q and one.value > most[one.method]),
            bins=one.bins,
        )
        for (name, one), q in zip(differences.items(), q_values, strict=True)
    ]


def bars(options: DriftSettings) -> dict[str, float]:
    """Return how large an effect may be, by its method."""
    bars = {"psi": options.max_psi, "js": options.max_js, "auc": options.max_auc}
    return bars | {MISSING: options.max_missing}
