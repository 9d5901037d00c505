"""Variants with one lock use one environment, one after another, and see nothing of one another."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mlstamp import runner
from mlstamp.checks.base import Check, Subject
from mlstamp.checks.quality import Sync
from mlstamp.errors import StepFailed
from mlstamp.project import Project
from mlstamp.runner import Outcome
from mlstamp.variants import Variant
from tests.support import write_all

PYPROJECT = """\
[project]
name = "song"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = []
scripts = {song = "song:main"}
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
"""
SONG = "def main():\n    print('song of {name}')\n"


def project(folder: Path, name: str, pyproject: str = PYPROJECT) -> Subject:
    """Make a project in git, with a lock, whose shelf is that of all."""
    root = write_all(
        folder / name,
        {
            "pyproject.toml": pyproject,
            "src/song/__init__.py": SONG.format(name=name),
            ".gitignore": ".venv/\nuv.lock\n__pycache__/\n",
        },
    )
    made = Project(root, folder / "logs" / name)
    made.must("uv", "lock", "--offline")
    for words in (("init", "--quiet"), ("add", "--all")):
        made.must("git", *words)
    return Subject(made, folder, name, shelf=folder / "shelf")


def says(subject: Subject) -> str:
    """Return what the project's own program says, without a sync before it."""
    return subject.project.must("uv", "run", "--no-sync", "song").stdout.strip()


def write_extra(folder: Path) -> Path:
    """Write another package, which has a program too."""
    texts = {
        "pyproject.toml": PYPROJECT.replace("song", "extra"),
        "src/extra/__init__.py": SONG.format(name="extra"),
    }
    return write_all(folder / "extra", texts)


def has_extra(subject: Subject) -> bool:
    return not subject.project.run("uv", "run", "--no-sync", "python", "-c", "import extra").code


def place(subject: Subject) -> Path:
    return subject.environment.resolve()


def test_the_second_with_a_lock_uses_the_environment_of_the_first_and_sees_its_own_code(
    tmp_path: Path,
) -> None:
    first, second = project(tmp_path, "first"), project(tmp_path, "second")
    Sync().run(first)
    assert says(first) == "song of first"
    Sync().run(second)
    assert says(second) == "song of second"
    assert place(first) == place(second)


def test_programs_of_a_dependency_work_when_the_project_they_came_with_is_gone(
    tmp_path: Path,
) -> None:
    write_extra(tmp_path)
    more = "[tool.uv.sources]\nextra = {path = '../extra'}\n"
    texts = PYPROJECT.replace("[]", "['extra']") + more
    first, second = project(tmp_path, "first", texts), project(tmp_path, "second", texts)
    Sync().run(first)
    first.root.rename(tmp_path / "gone")
    Sync().run(second)
    said = second.project.must("uv", "run", "--no-sync", "extra").stdout
    assert said.strip() == "song of extra"


def test_what_one_installed_by_hand_is_gone_for_the_next(tmp_path: Path) -> None:
    first, second = project(tmp_path, "first"), project(tmp_path, "second")
    Sync().run(first)
    extra = str(write_extra(tmp_path))
    first.project.must("uv", "pip", "install", "--quiet", "--offline", extra)
    assert has_extra(first)
    Sync().run(second)
    assert not has_extra(second)


@pytest.mark.parametrize(
    "more", ["[dependency-groups]\ndev = []\n", "[tool.uv]\ncompile-bytecode=1"]
)
def test_another_lock_or_another_setting_has_another_environment(tmp_path: Path, more: str) -> None:
    first, second = project(tmp_path, "first"), project(tmp_path, "second", PYPROJECT + more)
    Sync().run(first)
    Sync().run(second)
    assert place(first) != place(second)


def test_an_environment_whose_sync_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    first, second = project(tmp_path, "first"), project(tmp_path, "second")
    Sync().run(first)
    half = place(first) / "half"
    half.touch()
    (first.source / "__init__.py").unlink()
    (first.root / "pyproject.toml").write_text(PYPROJECT.replace("0.1.0", "x"), encoding="utf-8")
    with pytest.raises(StepFailed, match="`uv sync` exited with"):
        Sync().run(first)
    assert half.exists()
    Sync().run(second)
    assert (says(second), half.exists()) == ("song of second", False)


def test_git_sees_no_change_in_a_project_whose_environment_is_a_link(tmp_path: Path) -> None:
    first = project(tmp_path, "first")
    before = first.project.must("git", "status", "--porcelain").stdout
    Sync().run(first)
    assert first.environment.is_symlink()
    assert first.project.must("git", "status", "--porcelain").stdout == before


def test_where_nobody_may_make_links_each_project_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("a required privilege is not held by the client")

    first, second = project(tmp_path, "first"), project(tmp_path, "second")
    monkeypatch.setattr(Path, "symlink_to", refuse)
    Sync().run(first)
    Sync().run(second)
    assert [says(one) for one in (first, second)] == ["song of first", "song of second"]
    assert place(first) == first.root / ".venv"
    assert place(second) == second.root / ".venv"


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_two_variants_are_in_one_environment_at_the_same_time(
    tiny: Path, tmp_path: Path, jobs: int
) -> None:
    places: list[Path] = []

    class Alone(Check):
        id = "t.alone"

        def run(self, subject: Subject) -> None:
            """Another variant is in this environment."""
            Sync().run(subject)
            places.append(place(subject))
            taken = place(subject) / "taken"
            taken.touch(exist_ok=False)
            time.sleep(0.1)
            taken.unlink()

    some = [Variant(f"{n}", {"colour": "red", "batch": bool(n % 2)}) for n in range(4)]
    work = tmp_path / "work"
    results = runner.verify(some, [Alone()], lambda _: None, template=tiny, work=work, jobs=jobs)
    assert [(r.outcome, r.detail) for r in results] == [(Outcome.GREEN, "")] * 4
    assert len(set(places)) <= jobs
