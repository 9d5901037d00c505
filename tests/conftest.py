"""What many tests share: a tiny template of our own, and the real one, rendered once a variant."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mlstamp.answers import Questionnaire
from mlstamp.checks.base import Subject
from mlstamp.project import Project
from mlstamp.render import render, stored_answers
from mlstamp.source import Source, copy_template
from tests.support import ROOT, TINY, write_all


@pytest.fixture(autouse=True)
def identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits need an author, and a clean machine has none."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "acme")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "acme@example.com")


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """Hear Ctrl-C, and let what is started hear it: a shell has it ignored in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A whole template in eight short files."""
    return write_all(tmp_path / "tiny", TINY)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real template as it lies in the checkout, in a plain folder."""
    folder = tmp_path_factory.mktemp("template")
    copy_template(ROOT, folder)
    return folder


Rendered = Callable[..., Path]


@pytest.fixture(scope="session")
def rendered(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Render the real template once for each set of answers; nobody may write into it."""
    made: dict[str, Path] = {}
    asked = Questionnaire.read(template)

    def make(**answers: object) -> Path:
        # As Copier would complete them; it would also ignore a misspelt one.
        key = repr(sorted(asked.resolve(answers).items()))
        if key not in made:
            folder = tmp_path_factory.mktemp("render") / "project"
            render(Source(str(template)), folder, answers)
            made[key] = folder
        return made[key]

    return make


@pytest.fixture
def subject(template: Path, rendered: Rendered, tmp_path: Path) -> Subject:
    """The default variant, in git, for a test to plant a fault in."""
    root = tmp_path / "project"
    shutil.copytree(rendered(), root)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    answers = {k: v for k, v in stored_answers(root).items() if not k.startswith("_")}
    return Subject(Project(root, tmp_path / "logs"), tmp_path, "default", answers, template)
