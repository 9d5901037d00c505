"""The champion pointer: all that serving needs to know of the registry, one small file."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import StageError
from ..files import write_file

FILE = "champion.json"


class Pointer(BaseModel):
    """Which registered version is champion, and the Bundle folder that holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    digest: str
    path: str  # a folder's name beside the pointer


def read_pointer(bundles: Path) -> Pointer:
    """Return the champion pointer; raises StageError when there is none yet."""
    try:
        return Pointer.model_validate_json((bundles / FILE).read_bytes())
    except FileNotFoundError as error:
        raise StageError(f"There is no champion in {bundles} yet: train and promote one.") from error
    except (OSError, ValidationError) as error:
        raise StageError(f"{bundles / FILE} cannot be read: promote or roll back again.") from error


def write_pointer(bundles: Path, pointer: Pointer) -> None:
    """Replace the pointer in one step: a reader sees the old champion or the new one."""
    write_file(bundles / FILE, pointer.model_dump_json(indent=2).encode())
