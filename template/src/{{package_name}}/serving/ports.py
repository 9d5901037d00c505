"""What crosses the border of the service: bodies, refusals, and who is told of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, create_model, field_validator

from ..features import input_columns
from ..problem import schema
from ..registry.bundle import Bundle

if TYPE_CHECKING:
    from .answers import Answers

Row = dict[str, Any]
Violations = Mapping[tuple[str, str], int]  # faults by column and check


class Strict(BaseModel):
    """Types are exact, values finite, and unknown columns are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def whole(cls, value: object, info: ValidationInfo) -> object:
        """Return 3 for 3.0 in a column of integers: to JSON and many a client they are one."""
        if isinstance(value, float) and value.is_integer() and info.field_name in _integers():
            return int(value)
        return value


@cache
def _integers() -> frozenset[str]:
    return frozenset(column.name for column in input_columns() if column.kind is int)


class Input(schema.Input, Strict):
    """One row."""


class PredictRequest(BaseModel):
    """Rows to score, answered in the same order."""

    model_config = ConfigDict(extra="forbid")

    rows: Annotated[list[Input], Field(min_length=1)]


def predict_request(max_rows: int) -> type[PredictRequest]:
    """Return the request body with a limit on its rows."""
    rows = Annotated[list[Input], Field(min_length=1, max_length=max_rows)]
    return create_model("PredictRequest", __base__=PredictRequest, rows=(rows, ...))


class ModelInfo(BaseModel):
    """Which model answers, and where it comes from."""

    name: str
    version: str
    digest: str
    task: str
    runtime: str
    threshold: float
    created_at: str
    schema_hash: str
    data_fingerprint: str
    git_sha: str
    cv_metrics: dict[str, float]


@dataclass(frozen=True)
class Served:
    """A verified Bundle, its version in the registry, and the role in which it answers."""

    bundle: Bundle
    version: str
    role: str
    quick_rows: int = 0  # so many rows are scored too quickly to keep anybody waiting


class Status(BaseModel):
    """What a probe answers when all is well."""

    status: str
    model_version: str | None = None


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    loc: list[str | int]
    message: str


class ProblemDetails(BaseModel):
    """RFC 9457: why a request got no answer."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Fault] = []


class ProblemError(Exception):
    """A request that gets no answer: the status it leaves with, and one sentence."""

    def __init__(
        self, status: int, detail: str, reason: str, violations: Violations | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.reason = status, detail, reason
        self.violations = violations or {}


class Observer(Protocol):
    """Is told what the service does; no call may fail or wait."""

    def attach(self, app: FastAPI) -> None:
        """Add routes and middleware of its own."""

    def start(self) -> None:
        """The service begins."""

    def close(self) -> None:
        """The service ends."""

    def loaded(self, champion: Served) -> None:
        """This model answers from now on."""

    def answered(
        self, served: Served, rows: Sequence[Row], answers: "Answers", seconds: float
    ) -> None:
        """These rows got these answers."""

    def refused(self, reason: str, violations: Violations) -> None:
        """A request got no prediction."""

    def requested(self, handler: str, method: str, status: int, seconds: float) -> None:
        """A request took a shorter way than through the middleware."""

    def announced(self, events: Mapping[str, str]) -> None:
        """These will be worth counting, each with what is counted."""

    def happened(self, event: str, times: int = 1) -> None:
        """One of them has."""
