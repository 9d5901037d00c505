"""Which challenger is tried beside the champion, and how: a file that the service follows."""

from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from ...config import Share
from ...errors import StageError
from ...files import write_file
from ...registry import Pointer, Record

FILE = "trial.json"
Role = Literal["shadow", "canary"]


class Trial(Record):
    """A challenger in its role, as long as this champion answers: a promotion ends it."""

    challenger: Pointer
    beside: str  # since when the champion has been that
    role: Role
    share: Share  # of the requests that it answers

    def write(self, bundles: Path) -> None:
        """Begin the trial, in the place of any other."""
        write_file(bundles / FILE, self.model_dump_json(indent=2).encode())


def find(bundles: Path) -> Trial | None:
    """Return the trial that was begun, or None; raises StageError when it cannot be read."""
    path = bundles / FILE
    try:
        return Trial.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise StageError(f"{path} cannot be read: begin the trial again, or stop it.") from error


def end(bundles: Path) -> None:
    """End the trial, if there is one."""
    (bundles / FILE).unlink(missing_ok=True)
