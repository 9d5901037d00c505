"""A release is a tag and a version, and the wheel looks for the tag of its own version."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mlstamp.checks.update import commit
from mlstamp.source import exact_tag, git
from tests.support import ROOT, write_all


def mislabelled(root: Path) -> str:
    """Return what is wrong with the release at HEAD, if it is one."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tag = exact_tag(root)
    if tag is None or tag == f"v{project['version']}":
        return ""
    return f"{tag} is at HEAD, and pyproject.toml says {project['version']}"


def test_a_release_of_this_repository_has_its_version() -> None:
    assert mislabelled(ROOT) == ""


@pytest.mark.parametrize(
    ("tag", "wrong"), [("", False), ("v1.2.3", False), ("v1.2.4", True), ("1.2.3", True)]
)
def test_a_tag_that_is_not_the_version_is_noticed(tmp_path: Path, tag: str, wrong: bool) -> None:
    write_all(tmp_path, {"pyproject.toml": '[project]\nname = "a"\nversion = "1.2.3"\n'})
    git("init", "--quiet", cwd=tmp_path)
    commit(tmp_path, tag)
    assert bool(mislabelled(tmp_path)) is wrong
