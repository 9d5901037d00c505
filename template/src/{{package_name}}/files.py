"""Files that are there whole or not at all, whatever happens while they are written."""

import os
import shutil
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from .errors import StageError


def write_file(path: Path, content: bytes) -> None:
    """Replace `path` in one step: a reader sees the old content or the new."""
    staging = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_durably(staging, content)
        staging.replace(path)
    except OSError as error:
        raise StageError(f"{path} could not be written ({error}): nothing was lost.") from error
    finally:
        with suppress(OSError):
            staging.unlink(missing_ok=True)


def write_folder(path: Path, files: Mapping[str, bytes], mend: bool = False) -> None:
    """Create the folder `path` with `files` in one step.

    One that is there already stays, unless it is to be mended and its files are not these.
    """
    if path.is_dir() and not (mend and _differs(path, files)):
        return
    staging = _beside(path)
    try:
        for name, content in files.items():
            target = staging / name
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_durably(target, content)
        if path.is_dir():
            path.replace(staging / ".broken")
        staging.replace(path)
        shutil.rmtree(path / ".broken", ignore_errors=True)
    except OSError as error:
        raise StageError(f"{path} could not be written ({error}): nothing was lost.") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _beside(path: Path) -> Path:
    # Not of tempfile, whose files nobody else may read: another user may run the service.
    return path.parent / f".writing-{uuid.uuid4().hex}"


def _differs(path: Path, files: Mapping[str, bytes]) -> bool:
    try:
        return any((path / name).read_bytes() != content for name, content in files.items())
    except OSError:
        return True


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
