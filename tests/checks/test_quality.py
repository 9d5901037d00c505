"""The checks that run a repository's own tools turn red when those fail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlstamp.checks import quality
from mlstamp.checks.base import Check, Failed, Subject
from mlstamp.errors import StepFailed
from mlstamp.project import Completed, Project
from tests.checks.fakes import FakeProject, fake_subject
from tests.support import write_all

PROVIDERS = {"numpy": ["numpy"], "yaml": ["PyYAML"], "starlette": ["starlette"]}
PYPROJECT = """
[project]
dependencies = ["numpy>=2"]
scripts = {song = "song.cli:main"}
[dependency-groups]
serve = [{include-group = "train"}, "PyYAML[fast]>=6; python_version > '3'"]
"""

CASES = [
    (quality.Sync(), ("uv", "sync")),
    (quality.Unlocked(), ("uv", "lock", "--dry-run", "--upgrade")),
    (quality.OwnChecks(), ("uv", "run", "just", "check")),
]


@pytest.mark.parametrize(("check", "command"), CASES, ids=lambda case: getattr(case, "id", ""))
def test_each_check_runs_what_a_person_would_type(
    tmp_path: Path, check: Check, command: tuple[str, ...]
) -> None:
    subject = fake_subject(tmp_path)
    check.run(subject)
    assert isinstance(subject.project, FakeProject)
    assert subject.project.commands == [command]


@pytest.mark.parametrize(("check", "command"), CASES, ids=lambda case: getattr(case, "id", ""))
def test_each_check_is_red_when_its_command_fails(
    tmp_path: Path, check: Check, command: tuple[str, ...]
) -> None:
    with pytest.raises(StepFailed, match="exited with 1"):
        check.run(fake_subject(tmp_path, broken=(command[-1],)))


def test_without_uv_the_first_check_is_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    project = Project(tmp_path, tmp_path / "logs")
    with pytest.raises(StepFailed, match="uv is not installed"):
        quality.Sync().run(Subject(project, tmp_path))


@dataclass
class Installed(FakeProject):
    """Has the packages of PROVIDERS installed."""

    def must(self, *command: str, timeout: float = 600) -> Completed:
        super().must(*command, timeout=timeout)
        said = f"of uv\nPROVIDERS {json.dumps(PROVIDERS)}\n"
        return Completed(command, 0, 0.0, said, self.root / "log")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import json\nimport numpy.linalg\n", ""),
        ("import yaml\nfrom song import cli\nfrom . import cli\n", ""),
        ("def f():\n    from starlette import types\n", "starlette of starlette"),
        ("import nowhere\n", "nowhere of an unknown package"),
    ],
)
def test_an_import_that_nothing_asks_for_is_named(tmp_path: Path, code: str, said: str) -> None:
    subject = fake_subject(tmp_path)
    subject.project = Installed(tmp_path, tmp_path / "logs")
    write_all(tmp_path, {"pyproject.toml": PYPROJECT, "src/song/cli.py": code})
    if not said:
        quality.Declared().run(subject)
        return
    with pytest.raises(Failed, match=said):
        quality.Declared().run(subject)


@pytest.mark.parametrize(
    ("requirement", "bounded"),
    [
        ("numpy>=2,<3", True),
        ("uvloop>=0.22,<0.24; sys_platform != 'win32'", True),
        ("numpy==2.1", True),
        ("types-pyyaml>=6", True),
        ("pandas-stubs>=2", True),
        ("numpy>=2", False),
        ("numpy<3", False),
        ("numpy", False),
        ("numpy>=2; python_version < '3.12'", False),
    ],
)
def test_a_dependency_without_both_bounds_is_red(
    tmp_path: Path, requirement: str, bounded: bool
) -> None:
    subject = fake_subject(tmp_path)
    text = f'[project]\ndependencies = []\n[dependency-groups]\nserve = ["{requirement}"]\n'
    write_all(tmp_path, {"pyproject.toml": text})
    if bounded:
        quality.Bounded().run(subject)
        return
    with pytest.raises(Failed, match="numpy"):
        quality.Bounded().run(subject)
