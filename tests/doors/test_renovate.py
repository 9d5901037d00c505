"""Renovate's copier manager, as far as it can be seen from here: what it reads and what it runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mlstamp.checks.update import commit, expect_settled
from mlstamp.render import render, stored_answers
from mlstamp.source import copy_template, git, given_source
from tests.support import ROOT

PAGE = (ROOT / "docs" / "how-to" / "renovate.md").read_text(encoding="utf-8")


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    """A project of the real template's first release; there is a second one."""
    origin, made = tmp_path / "origin", tmp_path / "project"
    origin.mkdir()
    copy_template(template, origin)
    git("init", "--quiet", "--initial-branch=main", cwd=origin)
    commit(origin, "v1.0.0")
    render(given_source(origin.as_uri(), "v1.0.0"), made, {"profile": "minimal"})
    git("init", "--quiet", "--initial-branch=main", cwd=made)
    commit(made)
    (origin / "template" / "later.txt").write_text("later\n", encoding="utf-8")
    commit(origin, "v1.1.0")
    return made


def test_the_line_that_renovate_runs_needs_no_trust_and_leaves_a_settled_update(
    project: Path,
) -> None:
    stored = stored_answers(project)
    assert stored["_commit"] == "v1.0.0"
    assert urlsplit(str(stored["_src_path"])).scheme == "git+file"  # it has to be a URL
    line = re.search(r"^copier (update .*)$", PAGE, re.MULTILINE)
    assert line
    assert "trust" not in line[1]
    command = [sys.executable, "-m", "copier", *line[1].split()]
    done = subprocess.run(
        command, cwd=project, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    changed = git("status", "--porcelain", cwd=project).splitlines()
    assert changed == ["M .copier-answers.yml", "?? later.txt"]
    assert stored_answers(project)["_commit"] == "v1.1.0"
    expect_settled(project)


def test_the_configuration_in_the_docs_is_json_that_names_the_manager() -> None:
    block = re.search(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert block
    config = json.loads(block[1])
    assert config["enabledManagers"] == config["packageRules"][0]["matchManagers"] == ["copier"]
