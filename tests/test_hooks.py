"""The post-generation steps, called as `mlstamp new` calls them and as scripts."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlstamp import steps
from mlstamp.source import git
from tests.support import ROOT, write_all

PYPROJECT = '[project]\nname = "my-own"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n'
SEED = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "seed"
version = "0.1.0"
source = { editable = "." }
"""


def seed_module() -> Any:
    """Import hooks/seed_lock.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("seed_lock", ROOT / "hooks" / "seed_lock.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_all(tmp_path / "project", {"pyproject.toml": PYPROJECT})


def test_every_step_is_a_script_in_hooks() -> None:
    for name in steps.STEPS.values():
        assert (ROOT / "hooks" / f"{name}.py").is_file()
    assert steps.folder() == ROOT / "hooks"


def test_a_fresh_project_becomes_a_repository_with_one_commit(project: Path) -> None:
    assert steps.load("git")(project) == (True, "Made a git repository on branch main.")
    assert steps.load("commit")(project) == (True, "Made the first commit.")
    assert git("rev-list", "--count", "main", cwd=project) == "1"


def test_without_git_a_sentence_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    worked, sentence = steps.load("git")(project)
    assert (worked, sentence) == (
        False,
        "No git repository was made, because git is not installed.",
    )


def test_without_a_repository_nothing_is_committed(project: Path) -> None:
    assert steps.load("commit")(project) == (
        False,
        "Nothing was committed, because the project is not a git repository.",
    )


def test_without_an_author_the_sentence_says_what_to_tell_git(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(project))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    steps.load("git")(project)
    git("config", "user.useConfigOnly", "true", cwd=project)
    worked, sentence = steps.load("commit")(project)
    assert not worked
    assert "user.name and user.email" in sentence


def test_the_first_commit_has_what_its_owner_ignores_everywhere(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"gitconfig": "[core]\nexcludesFile = ~/ignored\n", "ignored": "data/\n*.lock\n"}
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(write_all(project.parent, own) / "gitconfig"))
    monkeypatch.setenv("HOME", str(project.parent))
    write_all(project, {"src/my_own/data/read.py": "", "uv.lock": "", "a.log": ""})
    write_all(project, {".gitignore": "*.log\n"})
    steps.load("git")(project)
    assert steps.load("commit")(project)[0]
    kept = git("ls-files", cwd=project).splitlines()
    assert kept == [".gitignore", "pyproject.toml", "src/my_own/data/read.py", "uv.lock"]


def test_the_seed_takes_the_name_of_the_project() -> None:
    module = seed_module()
    assert 'name = "my-own"' in module.renamed(SEED, "my-own")
    assert 'name = "seed"' not in module.renamed(SEED, "my-own")


def test_a_seeded_lock_fits_the_project_and_needs_no_change(project: Path) -> None:
    write_all(project.parent, {"uv.lock.seed": SEED})
    worked, sentence = seed_module().run(project, project.parent / "uv.lock.seed")
    assert (worked, sentence) == (True, "Locked the dependencies at the tested versions.")
    subprocess.run(["uv", "lock", "--check", "--offline"], cwd=project, check=True)


def test_the_shipped_seed_names_itself_once_and_can_be_renamed() -> None:
    text = (ROOT / "hooks" / "uv.lock.seed").read_text(encoding="utf-8")
    renamed = seed_module().renamed(text, "my-own")
    assert renamed.count('\nname = "my-own"\n') == 1
    assert '\nname = "seed"\n' not in renamed


def test_without_uv_no_lock_is_left_and_a_sentence_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    worked, sentence = steps.load("lock")(project)
    assert not worked
    assert "uv is not installed" in sentence
    assert not (project / "uv.lock").exists()


def test_when_locking_fails_the_seed_is_taken_away_again(project: Path) -> None:
    impossible = f'{PYPROJECT}dependencies = ["my-own-unknown @ file:///no/such/wheel.whl"]\n'
    write_all(project, {"pyproject.toml": impossible})
    worked, sentence = seed_module().run(project, ROOT / "hooks" / "uv.lock.seed")
    assert not worked
    assert sentence.startswith("No uv.lock was made: ")
    assert sentence.endswith("`uv sync` makes one later.")
    assert not (project / "uv.lock").exists()


def test_a_lock_that_is_there_is_left_alone(project: Path) -> None:
    write_all(project, {"uv.lock": "mine\n"})
    worked, _ = steps.load("lock")(project)
    assert not worked
    assert (project / "uv.lock").read_text() == "mine\n"


def test_plain_copier_users_can_run_each_step_as_a_script(project: Path) -> None:
    for name in ("init_git", "first_commit"):
        script = ROOT / "hooks" / f"{name}.py"
        subprocess.run([sys.executable, script, project], check=True, capture_output=True)
    assert git("status", "--porcelain", cwd=project) == ""


def test_the_tests_have_uv() -> None:
    assert shutil.which("uv")
