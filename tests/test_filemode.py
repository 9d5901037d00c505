"""git is asked once a folder, and a mode it cannot see still reaches its index."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlstamp import render
from mlstamp.filemode import asked_once
from mlstamp.source import Source, git
from tests.support import ROOT


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


def test_a_copier_that_moved_what_is_its_own_renders_too(tiny: Path, tmp_path: Path) -> None:
    code = (
        "import sys, types; from pathlib import Path; import copier;"
        "sys.modules['copier._main'] = types.ModuleType('copier._main');"
        "from mlstamp.render import render; from mlstamp.source import Source;"
        "render(Source(sys.argv[1]), Path(sys.argv[2]), {})"
    )
    words = [sys.executable, "-c", code, str(tiny), str(tmp_path / "project")]
    path = os.pathsep.join([str(ROOT / "generator"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(words, env={**os.environ, "PYTHONPATH": path}, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "project" / "README.md").is_file()


def test_a_copier_that_asks_in_another_way_is_let_ask() -> None:
    class Later:
        def _sync_git_index_executable_bit(self, path: Path, *, bits: str) -> str:
            return f"asked for {path.name} with {bits}"

    with asked_once(Later):
        said = Later()._sync_git_index_executable_bit(Path("run.sh"), bits="x")
    assert said == "asked for run.sh with x"
