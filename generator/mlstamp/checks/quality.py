"""The repository installs, and its own checks pass."""

from __future__ import annotations

import shutil

from .base import Check, NotVerified, Subject


class Sync(Check):
    """`uv sync` installs everything, from the lock that came along."""

    id = "quality.sync"

    def run(self, subject: Subject) -> None:
        """`uv sync` fails."""
        if shutil.which("uv") is None:
            raise NotVerified("uv")
        subject.project.must("uv", "sync", timeout=1200)


class Unlocked(Check):
    """The dependencies also resolve without a lock, to whatever is newest today."""

    id = "quality.unlocked"
    requires = ("quality.sync",)

    def run(self, subject: Subject) -> None:
        """Without a lock the dependencies do not resolve."""
        subject.project.must("uv", "lock", "--dry-run", "--upgrade")


class OwnChecks(Check):
    """`just check` is green: format, lint, types, layers, tests and their coverage."""

    id = "quality.check"
    requires = ("quality.sync",)

    def run(self, subject: Subject) -> None:
        """`just check` is red."""
        subject.project.recipe("check", timeout=600)
