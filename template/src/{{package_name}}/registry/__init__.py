"""What is written down about Bundles: their contract, the verdict on them, and who is champion."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..config import Settings
from ..errors import StageError
from ..files import write_file

CONTRACT, VERDICT, POINTER = "contract.json", "evaluation.json", "champion.json"
CHALLENGER, CHAMPION, PREVIOUS = "challenger", "champion", "previous_champion"
PERSON = "person"  # trained because somebody wished it
MISSING = {
    CHALLENGER: "There is no challenger: train one first.",
    CHAMPION: "There is no champion: promote a challenger first.",
    PREVIOUS: "There is no previous champion: none was replaced yet.",
}
Guard = Callable[[Settings, Path], None]  # raises StageError for a Bundle that may not answer
guards: list[Guard] = []  # of optional capabilities
FileName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z]+$")]  # never a path


class Record(BaseModel):
    """Facts that do not change once written; an unknown one is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Contract(Record):
    """The facts of one training run; `files` holds the SHA-256 of everything beside it."""

    format: Literal[1] = 1
    name: str
    task: str
    schema_hash: str
    data_fingerprint: str
    cut: str  # event time, ISO 8601: no row from then on was trained on
    git_sha: str
    lock_hash: str
    created_at: str  # UTC, ISO 8601
    threshold: float  # scores at or above it are positive; unused in regression
    params: dict[str, Any]
    settings: dict[str, Any]
    cv_metrics: dict[str, float]
    libraries: dict[str, str]
    runtime: Annotated[str, Field(pattern=r"^[a-z]+$")] = "sklearn"  # the module that answers
    runtime_reason: str = ""  # why it is not a faster one
    files: dict[FileName, str] = {}

    @property
    def answers_with(self) -> str:
        """Return what makes the predictions and, if there was a choice, why not something else."""
        return f"{self.runtime} ({self.runtime_reason})" if self.runtime_reason else self.runtime


class Pointer(Record):
    """A registered version and the Bundle folder that holds it: all serving needs to know."""

    version: str
    digest: str
    path: str  # a folder's name beside the pointer
    since: str = ""  # when it became champion, UTC, ISO 8601; each time anew

    def write(self, bundles: Path) -> None:
        """Replace the pointer in one step: a reader sees the old champion or the new one."""
        crowned = self.model_copy(update={"since": datetime.now(UTC).isoformat()})
        write_file(bundles / POINTER, crowned.model_dump_json(indent=2).encode())


class Interval(Record):
    """A metric on the test part with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


class Gate(Record):
    """One bar: cleared or not, and why, in a sentence."""

    name: str
    passed: bool
    reason: str


class Verdict(Record):
    """The evaluation of the Bundle with this digest, against that champion (or none)."""

    digest: str
    champion: str | None
    data_fingerprint: str
    metrics: dict[str, Interval]
    baseline: dict[str, float]
    slices: list[dict[str, float | str | int]]
    comparison: dict[str, float] | None
    gates: list[Gate]
    trigger: str = PERSON  # or the alert or schedule that asked for this Bundle

    @property
    def passed(self) -> bool:
        """Tell whether every gate was cleared."""
        return all(gate.passed for gate in self.gates)

    @property
    def refusals(self) -> list[str]:
        """Return why the Bundle may not be promoted."""
        return [f"{gate.name}: {gate.reason}" for gate in self.gates if not gate.passed]


def read_verdict(reports: Path, digest: str) -> Verdict:
    """Return the verdict on this very Bundle; raises StageError when there is none."""
    path = reports / digest[:12] / VERDICT
    try:
        verdict = Verdict.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise StageError(f"{path} is missing or broken: evaluate the challenger first.") from error
    if verdict.digest != digest:
        raise StageError(f"{path} is about another Bundle: evaluate the challenger again.")
    return verdict


def find_verdict(reports: Path, digest: str) -> Verdict | None:
    """Return the verdict on this very Bundle, or None when it was not judged yet."""
    judged = (reports / digest[:12] / VERDICT).is_file()  # the last file that evaluation writes
    return read_verdict(reports, digest) if judged else None


def read_pointer(bundles: Path) -> Pointer:
    """Return the champion pointer; raises StageError when there is none yet."""
    try:
        return Pointer.model_validate_json((bundles / POINTER).read_bytes())
    except FileNotFoundError as error:
        raise StageError(
            f"There is no champion in {bundles} yet: train and promote one."
        ) from error
    except (OSError, ValidationError) as error:
        raise StageError(f"{bundles / POINTER} cannot be read: promote or roll back.") from error


def trusted(settings: Settings, pointer: Pointer) -> Path:
    """Return the folder of a Bundle, once no guard objects: nothing of it was parsed by then."""
    path = settings.registry.bundles / pointer.path
    for guard in guards:
        guard(settings, path)
    return path
