"""Files that are there whole or not at all, whatever happens while they are written."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .errors import StageError


def write_file(path: Path, content: bytes) -> None:
    """Replace `path` in one step: a reader sees the old content or the new."""
    staging = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, staging = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
        os.close(handle)
        _write_durably(Path(staging), content)
        Path(staging).replace(path)
    except OSError as error:
        raise StageError(f"{path} could not be written ({error}): nothing was lost.") from error
    finally:
        if staging is not None:
            Path(staging).unlink(missing_ok=True)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Create the folder `path` with `files` in one step; one that is there already stays."""
    if path.is_dir():
        return
    staging = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staging = tempfile.mkdtemp(prefix=".writing-", dir=path.parent)
        for name, content in files.items():
            target = Path(staging, name)
            target.parent.mkdir(exist_ok=True)
            _write_durably(target, content)
        Path(staging).replace(path)
    except OSError as error:
        raise StageError(f"{path} could not be written ({error}): nothing was lost.") from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
