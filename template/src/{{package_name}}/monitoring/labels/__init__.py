"""True labels of predictions, checked against the contract and kept for good."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from ...features import label_column
from ...problem import schema
from ..store import Session

AHEAD = timedelta(minutes=5)  # of our clock; a later label could never be corrected
BATCH = 1_000  # labels in one statement
UNKNOWN = (
    "is not in the log of predictions: send it again in a second if it is new; "
    "else no service gave it, or it was dropped, pruned or forgotten"
)
OTHER = "has another label of this source and time: correct it by one of a later time"
COLUMNS = ("prediction_id", "source", "observed_at", "value", "recorded_at")


class Row(NamedTuple):
    """One row of the table of labels."""

    prediction_id: str
    source: str
    observed_at: str  # UTC, ISO 8601
    value: float
    recorded_at: str


class Observed(BaseModel):
    """The label of one prediction, by its id; when it was seen to be so, and who says it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    prediction_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,36}$")]
    observed_at: Annotated[datetime, AfterValidator(lambda when: _in_the_past(when))]
    label: Any  # as Label of the schema has it: see observed()
    source: Annotated[str, Field(pattern=r"^[ -~]{1,128}$")] = "unnamed"

    def row(self, recorded_at: datetime) -> Row:
        """Return it as the table has it."""
        value = float(self.label)
        seen, now = self.observed_at.isoformat(), recorded_at.isoformat()
        return Row(self.prediction_id, self.source, seen, value, now)


@cache
def observed() -> type[Observed]:
    """Return Observed with a `label` as Label of the schema has it."""
    name = label_column().name
    kind = schema.Label.model_fields[name].rebuild_annotation()

    def hold(value: Any) -> Any:
        return getattr(schema.Label.model_validate({name: value}), name)

    return create_model(
        "Observed", __base__=Observed, label=(Annotated[kind, AfterValidator(hold)], ...)
    )


def write(session: Session, rows: Sequence[Row]) -> tuple[int, dict[int, str]]:
    """Add labels that are new; return how many, and by its place what is wrong with a row.

    Nothing is written of a row with a fault. What is there already is not written twice.
    """
    ids = sorted({row.prediction_id for row in rows})
    known = {found[0] for found in _select(session, "id", "predictions", "id", ids)}
    faults = {n: UNKNOWN for n, row in enumerate(rows) if row.prediction_id not in known}
    good = [row for row in rows if row.prediction_id in known]
    new = _insert(session, good) if good else 0
    names = ", ".join(COLUMNS[:4])
    stored = {
        (found[0], found[1], _moment(found[2])): found[3]
        for found in _select(session, names, "labels", "prediction_id", sorted(known))
    }
    for place, row in enumerate(rows):
        if place not in faults and stored.get((*row[:2], row.observed_at)) != row.value:
            faults[place] = OTHER
    return new, faults


def _insert(session: Session, rows: Sequence[Row]) -> int:
    one = f"({', '.join('?' * len(COLUMNS))})"
    places, names = ", ".join([one] * len(rows)), f"({', '.join(COLUMNS)})"
    words = ("INSERT INTO labels", names, "VALUES", places, "ON CONFLICT DO NOTHING")
    return int(session.execute(" ".join(words), tuple(chain.from_iterable(rows))).rowcount)


def _select(
    session: Session, names: str, table: str, column: str, wanted: Sequence[str]
) -> list[Any]:
    if not wanted:
        return []
    places = f"({', '.join('?' * len(wanted))})"
    statement = " ".join(("SELECT", names, "FROM", table, "WHERE", column, "IN", places))
    return list(session.execute(statement, tuple(wanted)).fetchall())


def _moment(value: datetime | str) -> str:
    return value if isinstance(value, str) else value.astimezone(UTC).isoformat()


def _in_the_past(when: datetime) -> datetime:
    """Return the time in UTC, which it is taken for where it names no zone."""
    try:
        seen = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is no time that could be kept") from error
    if seen > datetime.now(UTC) + AHEAD:
        raise ValueError("is in the future: send the time with its zone")
    return seen
