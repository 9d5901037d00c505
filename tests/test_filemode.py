"""git is asked once a folder, and a mode it cannot see still reaches its index."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from mlstamp import render
from mlstamp.source import Source, git


@pytest.fixture
def runnable(tiny: Path) -> Source:
    """A template with a file that may be run."""
    (tiny / "template" / "batch.txt").chmod(0o755)
    return Source(str(tiny))


def test_git_is_asked_once_for_all_files(
    runnable: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    run: Any = subprocess.run  # whose overloads know nothing of a pass-through

    def count(command: list[str], *rest: object, **more: object) -> object:
        asked.append(command)
        return run(command, *rest, **more)

    monkeypatch.setattr(subprocess, "run", count)
    render.render(runnable, tmp_path / "project", {})
    assert len([command for command in asked if "core.fileMode" in command]) == 1


@pytest.mark.parametrize(("seen", "mode"), [("true", "100644"), ("false", "100755")])
def test_a_mode_that_git_does_not_see_is_put_into_its_index(
    runnable: Source, tmp_path: Path, seen: str, mode: str
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "batch.txt").write_text("older\n", encoding="utf-8")
    git("init", "--quiet", cwd=project)
    git("add", "--all", cwd=project)
    git("config", "core.fileMode", seen, cwd=project)
    render.render(runnable, project, {})
    assert git("ls-files", "--stage", "batch.txt", cwd=project).split()[0] == mode
