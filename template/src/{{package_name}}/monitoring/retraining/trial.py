"""The trial of a challenger beside the champion, step by step, watched through the log."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from sqlalchemy import Engine, select

from ...registry import CHAMPION
from ..database import transaction
from ..database.tables import predictions
from . import RetrainingSettings

LOOK_SECONDS = 0.5
PATIENCE = 5  # times the seconds of a step, until too few rows are no trial
MOST_ROWS = 10_000  # that are looked at in a step
SLACK_SECONDS = 0.001  # no slowdown that anybody would notice
PASSED = "It passed its trial."
NOBODY = "No trial: no requests came in, so there was no service to try it in."
UNASKED = "No trial was asked for."


@dataclass(frozen=True)
class Seen:
    """How long the rows of each took that were answered in one step, seconds."""

    champion: Sequence[float]
    challenger: Sequence[float]

    @property
    def is_quiet(self) -> bool:
        """Tell whether nobody asked anything."""
        return not self.champion and not self.challenger


class Trial:
    """Raises the share of the challenger as long as nothing speaks against it."""

    def __init__(self, options: RetrainingSettings, engine: Engine, *, timed: bool = True) -> None:
        self._options = options
        self._engine = engine
        self._timed = timed  # else what each takes says nothing: a service remembers answers

    def run(
        self, challenger: str, champion: str, try_out: Callable[[float], None]
    ) -> tuple[bool, str]:
        """Tell whether the Bundle of that digest may be promoted, and what its trial was."""
        was_asked = False
        for share in self._options.trial_shares:
            began = datetime.now(UTC)
            try_out(share)
            seen = self._watch(challenger, champion, began, was_asked)
            if seen.is_quiet and not was_asked:
                return True, NOBODY
            was_asked = True  # from now on silence is a fault: of the model, the service or the log
            if fault := self._fault(seen, share):
                return False, fault
        return True, PASSED if was_asked else UNASKED

    def _watch(self, challenger: str, champion: str, began: datetime, was_asked: bool) -> Seen:
        """Wait for the end of a step, or for longer where there are too few rows yet."""
        least = time.monotonic() + self._options.trial_seconds
        most = least + (PATIENCE - 1) * self._options.trial_seconds
        while True:
            seen = Seen(
                self._seconds(champion, began, (CHAMPION,)),
                self._seconds(challenger, began, ("shadow", "canary")),
            )
            enough = len(seen.challenger) >= self._options.trial_rows
            ends = enough or (seen.is_quiet and not was_asked)
            now = time.monotonic()
            if now >= most or (now >= least and ends):
                return seen
            time.sleep(min(LOOK_SECONDS, max(0.0, most - now)))

    def _seconds(self, digest: str, began: datetime, roles: Sequence[str]) -> list[float]:
        rows = predictions.c
        found = (
            select(rows.duration_s)
            .where(rows.model_digest == digest, rows.role.in_(roles), rows.occurred_at >= began)
            .order_by(rows.id.desc())
            .limit(MOST_ROWS)
        )
        with transaction(self._engine) as connection:
            return [row[0] for row in connection.execute(found)]

    def _fault(self, seen: Seen, share: float) -> str:
        part = f"{share:.0%} of the requests" if share else "a shadow"
        if (count := len(seen.challenger)) < self._options.trial_rows:
            wanted = self._options.trial_rows
            return f"As {part} it answered {count} rows, and a trial needs {wanted}."
        if not (share and seen.champion and self._timed):
            return ""
        slow, usual = median(seen.challenger), median(seen.champion)
        if slow > usual * self._options.max_slowdown + SLACK_SECONDS:
            return f"It takes {slow:.4f} s a request, where the champion takes {usual:.4f} s."
        return ""
