"""What a Bundle promises, and the check that its folder still keeps the promise."""

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import OtherSchemaError, StageError
from ..features.frame import schema_hash

CONTRACT = "contract.json"
FileName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z]+$")]  # never a path


class Contract(BaseModel):
    """The facts of one training run; `files` holds the SHA-256 of everything beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str
    task: str
    schema_hash: str
    data_fingerprint: str
    git_sha: str
    lock_hash: str
    created_at: str  # UTC, ISO 8601
    threshold: float  # scores at or above it are positive; unused in regression
    params: dict[str, Any]
    settings: dict[str, Any]
    cv_metrics: dict[str, float]
    libraries: dict[str, str]
    files: dict[FileName, str] = {}


def read_contract(path: Path) -> tuple[Contract, str]:
    """Return the contract and the Bundle's digest; raises StageError on any changed byte."""
    try:
        blob = (path / CONTRACT).read_bytes()
        contract = Contract.model_validate_json(blob)
        found = {file.name: _sha256(file) for file in path.iterdir() if file.name != CONTRACT}
    except (OSError, ValidationError) as error:
        raise StageError(f"{path} is not a whole Bundle: train again or roll back.") from error
    digest = hashlib.sha256(blob).hexdigest()
    if path.resolve().name != digest[:12]:
        found[CONTRACT] = digest
    _check(path, contract, found)
    return contract, digest


def fits(path: Path) -> bool:
    """Tell whether the Bundle knows today's columns; raises StageError when it is broken."""
    try:
        read_contract(path)
    except OtherSchemaError:
        return False
    return True


def _check(path: Path, contract: Contract, found: dict[str, str]) -> None:
    names = sorted({*found, *contract.files})
    broken = [name for name in names if found.get(name) != contract.files.get(name)]
    if broken:
        raise StageError(
            f"{', '.join(broken)} in {path} is not what training wrote: train again or roll back."
        )
    if contract.schema_hash != schema_hash():
        raise OtherSchemaError(f"{path} was trained for another problem/schema.py: train again.")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
