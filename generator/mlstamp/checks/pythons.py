"""The repository on every Python that it promises, as far as this machine has it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from ..project import Project
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
            self.try_on_own(project)
            return
        own = {
            "COVERAGE_CORE": "sysmon",  # which watches at next to no cost, from 3.12 on
            "UV_PYTHON": interpreter(self.version),
            "UV_PROJECT_ENVIRONMENT": str(subject.work / f"python-{self.version}"),
        }
        there = replace(project, environment={**project.environment, **own})
        there.must("uv", "sync", "--locked", timeout=1200)
        self.try_on(there)

    def try_on_own(self, project: Project) -> None:
        """Do nothing on the Python that the repository has: quality.check has just run them."""

    def try_on(self, there: Project) -> None:
        """Run the tests."""
        there.must(*there.launcher, "pytest", "--quiet")


def interpreter(version: str) -> str:
    """Return the path of a Python that is installed here; nothing is downloaded."""
    command = ["uv", "python", "find", "--no-project", "--no-python-downloads", version]
    try:
        # Copier moves the process about meanwhile, into folders that are soon gone.
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent)
    except FileNotFoundError:
        raise NotVerified("uv") from None
    if done.returncode:
        raise NotVerified(f"Python {version}")
    return done.stdout.strip()


class On311(_OnPython):
    """The tests pass on Python 3.11."""

    id, version = "python.3.11", "3.11"


class On312(_OnPython):
    """The tests pass on Python 3.12, and run nine lines in ten of the code."""

    id, version = "python.3.12", "3.12"

    def try_on(self, there: Project) -> None:
        """Run the tests, and look at which lines they run: once is enough."""
        there.recipe("coverage", timeout=900)

    def try_on_own(self, project: Project) -> None:
        """Look at the lines here as well: quality.check does not."""
        self.try_on(project)


class On313(_OnPython):
    """The tests pass on Python 3.13."""

    id, version = "python.3.13", "3.13"


class On314(_OnPython):
    """The tests pass on Python 3.14."""

    id, version = "python.3.14", "3.14"
