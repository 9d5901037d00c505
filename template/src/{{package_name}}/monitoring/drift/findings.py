"""What one run of the job found: rows of the tables, and text."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from ..database.tables import drift_results, drift_runs, quality_results
from . import ALL, MISSING
from .compare import Drift
from .standard import Quality

TOGETHER = "the columns together"


@dataclass(frozen=True)
class Run:
    """The facts of a run: a row of drift_runs."""

    id: str  # on the page as well, so that it leads to what else is known of the run
    created_at: datetime
    window_start: datetime
    window_end: datetime
    rows: int
    reference_rows: int
    model_version: str
    model_digest: str
    skew_rows: int
    skew_mismatches: int
    labelled_rows: int  # whose labels came within the window
    label_lag_s: float | None
    seconds: float


@dataclass(frozen=True)
class Findings:
    """A run with what it found; empty lists where there was too little to tell."""

    run: Run
    needed: int  # rows, to tell anything
    drifts: list[Drift] = field(default_factory=list)
    quality: list[Quality] = field(default_factory=list)

    @property
    def drifted(self) -> list[str]:
        """Return what has drifted."""
        return [one.feature for one in self.drifts if one.drifted and one.method != MISSING]

    @property
    def missing(self) -> list[str]:
        """Return the columns whose values fail to come, which is somebody's fault and no drift."""
        return [one.feature for one in self.drifts if one.drifted and one.method == MISSING]

    @property
    def regressed(self) -> list[str]:
        """Return the slices in which the model is surely worse than it was."""
        return [one.slice for one in self.quality if one.regressed]

    @property
    def alarming(self) -> bool:
        """Tell whether somebody should look into it."""
        faults = self.missing or self.run.skew_mismatches
        return bool(self.drifted or self.regressed or faults)

    @property
    def enough(self) -> bool:
        """Tell whether there were rows enough to look for drift."""
        return self.run.rows >= self.needed

    def summary(self) -> str:
        """Return it in one sentence, or two."""
        run = self.run
        if not self.enough:
            noun = "prediction" if run.rows == 1 else "predictions"
            return (
                f"{run.rows:,} {noun} of version {run.model_version} since "
                f"{run.window_start:%Y-%m-%d %H:%M} UTC: {self.needed:,} are needed to look for "
                "drift, so let it serve on, or widen the window (options.drift.hours)."
            )
        looked = f"{run.rows:,} predictions against {run.reference_rows:,} rows of training: "
        names = [TOGETHER if name == ALL else name for name in self.drifted]
        parts = [f"{', '.join(names) or 'nothing'} drifted"]
        if self.missing:
            parts.append(f"{', '.join(self.missing)} missing more often than in training")
        if self.regressed:
            parts.append(f"quality is worse than it was in {', '.join(self.regressed)}")
        if run.skew_mismatches:
            parts.append(f"{run.skew_mismatches} of {run.skew_rows} replayed scores differ")
        return f"{looked}{'; '.join(parts)}."

    def text(self) -> str:
        """Return it for a person to read."""
        return "\n".join([*self._lines(), self.summary(), ""])

    def _lines(self) -> Iterator[str]:
        if self.drifts:
            yield f"{'column':<24}{'method':>8}{'value':>10}{'q-value':>12}"
        for one in self.drifts:
            mark = "  drifted" if one.drifted else ""
            yield f"{one.feature:<24}{one.method:>8}{one.value:>10.4f}{one.q_value:>12.2g}{mark}"
        if self.quality:
            yield ""
            yield f"{'metric':<24}{'slice':<20}{'value':>10}{'95 % interval':>22}{'on test':>10}"
        for part in self.quality:
            known = "-" if part.baseline is None else f"{part.baseline:.4f}"
            group = f"{part.slice} (estimated)" if part.estimated else part.slice
            between = f"{part.low:.4f} to {part.high:.4f}"
            mark = "  regressed" if part.regressed else ""
            yield f"{part.metric:<24}{group:<20}{part.value:>10.4f}{between:>22}{known:>10}{mark}"

    def write(self, connection: Connection) -> None:
        """Add the run to the tables."""
        key = self.run.id
        connection.execute(drift_runs.insert(), asdict(self.run))
        names = drift_results.c.keys()
        found = [{"run_id": key, **{n: getattr(one, n) for n in names[1:]}} for one in self.drifts]
        if found:
            connection.execute(drift_results.insert(), found)
        measured = [{"run_id": key, **asdict(one)} for one in self.quality]
        if measured:
            connection.execute(quality_results.insert(), measured)
