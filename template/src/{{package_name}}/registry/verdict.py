"""What evaluation decided about one Bundle; promotion trusts nothing else."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import StageError

FILE = "evaluation.json"


class Interval(BaseModel):
    """A metric on the test part with its 95 % bootstrap interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float


class Gate(BaseModel):
    """One bar: cleared or not, and why, in a sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    passed: bool
    reason: str


class Verdict(BaseModel):
    """The evaluation of the Bundle with this digest, against that champion (or none)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str
    champion: str | None
    data_fingerprint: str
    metrics: dict[str, Interval]
    baseline: dict[str, float]
    slices: list[dict[str, float | str | int]]
    comparison: dict[str, float] | None
    gates: list[Gate]

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
    path = reports / digest[:12] / FILE
    try:
        verdict = Verdict.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise StageError(f"{path} is missing or broken: evaluate the challenger first.") from error
    if verdict.digest != digest:
        raise StageError(f"{path} is about another Bundle: evaluate the challenger again.")
    return verdict
