"""A server from PyPI that stands in for a service of a cloud, on this machine alone."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .errors import StepFailed
from .http import get
from .project import clean_environment, stop


@contextlib.contextmanager
def answering(
    package: str, script: Path, *words: str, url: str, patience: float = 60
) -> Iterator[Path]:
    """Run a script with a package until the block ends; yield its log once the URL answers."""
    log = script.with_suffix(".log")
    command = ["uvx", "--from", package, "python", str(script), *words]
    group = sys.platform != "win32"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env=clean_environment(), start_new_session=group
        )
        try:
            _wait(url, process, log, patience)
            yield log
        finally:
            stop(process)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            if get(url, timeout=2).status == 200:
                return
        time.sleep(0.2)
    raise StepFailed(f"{log.stem} does not answer: see {log}")
