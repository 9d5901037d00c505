"""Who asked for another training, and what became of it: rows that every process sees."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from ...errors import StageError
from ..database import transaction
from ..database.tables import promotion_decisions, retrain_requests
from ..drift.metrics import DECISIONS

RUNNING, SKIPPED, FAILED = "running", "skipped", "failed"
LONGEST = timedelta(hours=12)  # what runs longer has been killed, and keeps nobody waiting
KILLED = "It did not end within 12 hours and left no reason, so it was probably killed."


@dataclass(frozen=True)
class Request:
    """One that was let in."""

    id: str
    trigger: str


@dataclass(frozen=True)
class Outcome:
    """What became of a new model, and why."""

    decision: str  # one of DECISIONS, or skipped where none was made
    reason: str
    version: str = ""

    def text(self) -> str:
        """Return it for a person to read."""
        if self.decision == SKIPPED:
            return f"Nothing was trained. {self.reason}"
        return f"Version {self.version} was {self.decision}: {self.reason}"


class Requests:
    """The table of requests; raises StageError when the database cannot be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, trigger: str, key: str = "") -> Request | None:
        """Write down a request that runs from now on; None when this key was let in before."""
        request = Request(str(uuid4()), trigger)
        try:
            self._add(request, key or request.id, RUNNING, "")
        except StageError as error:
            if isinstance(error.__cause__, IntegrityError):
                return None
            raise
        return request

    def skip(self, trigger: str, reason: str) -> None:
        """Write down a request that nothing was done for, unless it was the same the last time."""
        if self._newest(trigger) == (SKIPPED, reason):
            return
        request = Request(str(uuid4()), trigger)
        self._add(request, request.id, SKIPPED, reason, finished_at=_now())

    def finish(self, request: Request, result: str, reason: str) -> None:
        """Write down what became of a request."""
        changed = update(retrain_requests).where(retrain_requests.c.id == request.id)
        values = {"result": result, "reason": reason, "finished_at": _now()}
        with transaction(self._engine) as connection:
            connection.execute(changed.values(**values))

    def resume(self, identifier: str) -> Request | None:
        """Return the request with this id, which runs from now on, or None."""
        this = retrain_requests.c.id == identifier
        with transaction(self._engine) as connection:
            connection.execute(update(retrain_requests).where(this).values(result=RUNNING))
            row = connection.execute(select(retrain_requests).where(this)).first()
        return Request(row.id, row.trigger) if row else None

    def is_running(self) -> bool:
        """Tell whether one is under way; of one that was killed it is written down that it was."""
        runs, begun = retrain_requests.c.result == RUNNING, retrain_requests.c.created_at
        killed = {"result": FAILED, "reason": KILLED, "finished_at": _now()}
        late = update(retrain_requests).where(runs, begun <= _now() - LONGEST)
        found = select(func.count()).select_from(retrain_requests).where(runs)
        with transaction(self._engine) as connection:
            connection.execute(late.values(**killed))
            return bool(connection.execute(found).scalar())

    def last(self) -> datetime | None:
        """Return when the last one was let in."""
        return self._begun(retrain_requests.c.result != SKIPPED)

    def last_trained(self) -> datetime | None:
        """Return when the last one was let in that led to a new model."""
        return self._begun(retrain_requests.c.result.in_(DECISIONS))

    def count(self, key: str) -> int:
        """Return how many were let in whose key begins so."""
        alike = retrain_requests.c.key.startswith(key, autoescape=True)
        found = select(func.count()).select_from(retrain_requests).where(alike)
        with transaction(self._engine) as connection:
            return connection.execute(found).scalar_one()

    def decide(self, request: Request, outcome: Outcome, champion: str | None) -> None:
        """Write down what became of a new model, and who was champion."""
        row = {"id": str(uuid4()), "request_id": request.id, "decided_at": _now()}
        row |= {"decision": outcome.decision, "reason": outcome.reason}
        row |= {"model_version": outcome.version, "champion_version": champion}
        with transaction(self._engine) as connection:
            connection.execute(insert(promotion_decisions).values(**row))

    def _begun(self, where: ColumnElement[bool]) -> datetime | None:
        found = select(func.max(retrain_requests.c.created_at)).where(where)
        with transaction(self._engine) as connection:
            return connection.execute(found).scalar()

    def _newest(self, trigger: str) -> tuple[str, str] | None:
        rows = retrain_requests.c
        found = select(rows.result, rows.reason).where(rows.trigger == trigger)
        with transaction(self._engine) as connection:
            row = connection.execute(found.order_by(rows.created_at.desc()).limit(1)).first()
        return (row.result, row.reason) if row else None

    def _add(self, request: Request, key: str, result: str, reason: str, **more: datetime) -> None:
        row = {"id": request.id, "trigger": request.trigger, "key": key, "created_at": _now()}
        row |= {"result": result, "reason": reason, **more}
        with transaction(self._engine) as connection:
            connection.execute(insert(retrain_requests).values(**row))


def _now() -> datetime:
    return datetime.now(UTC)
