"""What the tests of adopting share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlstamp import adopt
from mlstamp.checks.update import commit
from mlstamp.layers import Layer
from mlstamp.source import Source, git
from tests.doors.texts import OWN, TEMPLATE
from tests.support import write_all


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A template with one release."""
    root = write_all(tmp_path / "template", TEMPLATE)
    git("init", "--quiet", "--initial-branch=main", cwd=root)
    commit(root, "v1.0.0")
    return root


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A repository of somebody's, committed, with a remote."""
    root = write_all(tmp_path / "own", OWN)
    git("init", "--quiet", "--initial-branch=trunk", cwd=root)
    git("remote", "add", "origin", "git@github.com:umbrella/sales.git", cwd=root)
    commit(root)
    return root


Run = Callable[..., adopt.Outcome]


@pytest.fixture
def run(origin: Path, own: Path) -> Run:
    """Adopt the repository."""

    def made(dry_run: bool = False, **data: object) -> adopt.Outcome:
        said: list[str] = []
        release = Source(str(origin), "v1.0.0")
        return adopt.adopt(own, release, [Layer(data)], say=said.append, dry_run=dry_run)

    return made
