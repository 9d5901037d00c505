"""Files that are there whole or not at all, whatever happens while they are written."""

import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
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
        raise _unwritten(path, error) from error
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
        _put_in_place(staging, path)
    except OSError as error:
        raise _unwritten(path, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _unwritten(path: Path, error: OSError) -> StageError:
    return StageError(
        f"{path} could not be written ({error}): nothing was lost. "
        "Make room there, or let this user write, and run it again."
    )


@contextmanager
def alone(lock: Path, busy: str) -> Iterator[None]:
    """Hold a lock file meanwhile; raises StageError, with `busy`, when another program has it."""
    from filelock import FileLock, Timeout  # which a service has no use for

    held = FileLock(lock, timeout=0)
    try:
        held.acquire()
    except Timeout as error:
        raise StageError(busy) from error
    except OSError as error:
        raise StageError(
            f"{lock.parent} cannot be written to ({error}): mend that, and run it again."
        ) from error
    try:
        yield
    finally:
        held.release()


def _put_in_place(staging: Path, path: Path) -> None:
    """Rename the folder; the one that it replaces comes back if that fails."""
    if not path.is_dir():
        staging.replace(path)
        return
    old = _beside(path)
    path.replace(old)
    try:
        staging.replace(path)
    except OSError:
        old.replace(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


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
