"""The hook that projects in use add: installed by pre-commit from a release, and run by git."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlstamp.checks.update import commit
from mlstamp.project import clean_environment
from mlstamp.render import render
from mlstamp.source import PARTS, Source, git
from tests.support import ROOT, write_all

SHIPPED = ("generator", "hooks", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
CONFIG = """\
repos:
  - repo: {tool}
    rev: v1.0.0
    hooks:
      - id: mlstamp-check
"""


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """This repository as it lies in the checkout now, with a release."""
    folder = tmp_path / "mlstamp"
    words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--")
    for name in filter(None, git(*words, *SHIPPED, *PARTS, cwd=ROOT).split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    git("init", "--quiet", "--initial-branch=main", cwd=folder)
    commit(folder, "v1.0.0")
    return folder


@pytest.fixture
def project(release: Path, tmp_path: Path) -> Path:
    """A project of that release, committed."""
    folder = tmp_path / "churn"
    render(Source(str(release), "v1.0.0"), folder, {"profile": "minimal"})
    git("init", "--quiet", "--initial-branch=main", cwd=folder)
    commit(folder)
    return folder


def committed(project: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """Commit everything as a person would, whose hooks run."""
    git("add", "--all", cwd=project)
    environment = clean_environment({"PRE_COMMIT_HOME": str(cache)}) | dict(AUTHOR)
    words = ["git", "commit", "--message", "mine"]
    return subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True)


AUTHOR = tuple(
    (f"GIT_{role}_{part}", value)
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "acme"), ("EMAIL", "acme@example.com"))
)


def test_a_commit_passes_the_hook_until_a_file_of_the_templates_differs(
    release: Path, project: Path, tmp_path: Path
) -> None:
    write_all(project, {".pre-commit-config.yaml": CONFIG.format(tool=release.as_posix())})
    words = [sys.executable, "-m", "pre_commit", "install"]
    subprocess.run(words, cwd=project, check=True, capture_output=True)
    passed = committed(project, tmp_path / "cache")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert git("status", "--porcelain", cwd=project) == ""
    with (project / "justfile").open("a", encoding="utf-8") as file:
        file.write("# mine\n")
    refused = committed(project, tmp_path / "cache")
    assert refused.returncode == 1
    assert "justfile:" in refused.stderr
    assert "differs from v1.0.0 in 1 line" in refused.stderr
