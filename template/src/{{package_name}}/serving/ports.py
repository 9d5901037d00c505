"""What serving needs from outside; monitoring/ has it and wiring.py joins the two."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypedDict

import numpy as np
from uuid6 import uuid7

from ..registry.bundle import Bundle
from .schemas import Prediction


class Served(TypedDict):
    """One answered row, as it is remembered."""

    id: str  # UUIDv7
    request_id: str  # UUIDv7
    place: int  # of the row in its request, from 0
    occurred_at: datetime  # UTC
    model_name: str
    model_version: str
    model_digest: str
    schema_hash: str
    role: str
    input: dict[str, Any]
    score: float
    output: dict[str, Any]
    threshold: float
    duration_s: float  # of the whole request


def to_records(
    version: str,
    bundle: Bundle,
    rows: Sequence[dict[str, Any]],
    predictions: Sequence[Prediction],
    seconds: float,
) -> list[Served]:
    """Return what there is to remember of one request, row by row."""
    contract = bundle.contract
    now = datetime.now(UTC)
    request_id = str(uuid7())
    return [
        Served(
            id=prediction.id,
            request_id=request_id,
            place=place,
            occurred_at=now,
            model_name=contract.name,
            model_version=version,
            model_digest=bundle.digest,
            schema_hash=contract.schema_hash,
            role="champion",
            input=row,
            score=prediction.score,
            output=prediction.output.model_dump(mode="json"),
            threshold=contract.threshold,
            duration_s=seconds,
        )
        for place, (row, prediction) in enumerate(zip(rows, predictions, strict=True))
    ]


class Telemetry(Protocol):
    """Counts what happens; no call may fail or wait."""

    def request(self, handler: str, method: str, status: int, seconds: float) -> None:
        """Count one HTTP request."""

    def loaded(self, version: str, bundle: Bundle) -> None:
        """Publish which model answers."""

    def predicted(self, version: str, name: str, scores: np.ndarray) -> None:
        """Count (n,) rows answered by that version of the model."""

    def failed(self, reason: str) -> None:
        """Count one prediction request that got no answer."""

    def violated(self, feature: str, check: str, rows: int) -> None:
        """Count rows that broke one rule of the Input contract."""

    def nonfinite(self, where: str, values: int) -> None:
        """Count NaN and infinite values."""

    def exposition(self) -> tuple[bytes, str]:
        """Return the metrics as text and the media type of it."""


class Log(Protocol):
    """Remembers predictions; `put` neither waits nor fails."""

    def start(self) -> None:
        """Begin to write."""

    def put(self, records: Sequence[Served]) -> None:
        """Hand over what was answered."""

    def close(self) -> None:
        """Write what is left and stop."""
