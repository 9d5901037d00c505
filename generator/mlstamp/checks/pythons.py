"""The repository on every Python that it promises, as far as this machine has it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import ClassVar

from .base import Check, NotVerified, Subject

_VERSION = "import sys; print('VERSION', '.'.join(map(str, sys.version_info[:2])))"


class _OnPython(Check):
    """The tests pass on another Python."""

    version: ClassVar[str]
    requires = ("quality.check",)
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """The dependencies do not install on this Python, or the tests fail on it."""
        project = subject.project
        said = project.must(*project.launcher, "python", "-c", _VERSION).stdout
        if said.split("VERSION ")[-1].strip() == self.version:
            return  # quality.check has just run them on it
        own = {
            "UV_PYTHON": interpreter(self.version),
            "UV_PROJECT_ENVIRONMENT": str(subject.work / f"python-{self.version}"),
        }
        there = replace(project, environment={**project.environment, **own})
        there.must("uv", "sync", "--locked", timeout=1200)
        there.must(*there.launcher, "pytest", "--quiet")


def interpreter(version: str) -> str:
    """Return the path of a Python that is installed here; nothing is downloaded."""
    command = ["uv", "python", "find", "--no-project", "--no-python-downloads", version]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise NotVerified("uv") from None
    if done.returncode:
        raise NotVerified(f"Python {version}")
    return done.stdout.strip()


class On311(_OnPython):
    """The tests pass on Python 3.11."""

    id, version = "python.3.11", "3.11"


class On312(_OnPython):
    """The tests pass on Python 3.12."""

    id, version = "python.3.12", "3.12"


class On313(_OnPython):
    """The tests pass on Python 3.13."""

    id, version = "python.3.13", "3.13"


class On314(_OnPython):
    """The tests pass on Python 3.14."""

    id, version = "python.3.14", "3.14"
