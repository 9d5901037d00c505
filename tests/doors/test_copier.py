"""`copier copy` leaves files: what it then says to type leads to a project that can be updated."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

from mlstamp.answers import read_config
from mlstamp.source import git
from tests.conftest import Rendered
from tests.support import ROOT


def test_what_copier_says_at_the_end_makes_the_commit_that_an_update_needs(
    rendered: Rendered, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(rendered(), project)
    said = [line.strip() for line in read_config(ROOT)["_message_after_copy"].splitlines()]
    for line in (line for line in said if line.startswith("git ")):
        subprocess.run(shlex.split(line), cwd=project, check=True, capture_output=True)
    assert git("rev-list", "--count", "HEAD", cwd=project) == "1"
    assert git("status", "--porcelain", cwd=project) == ""
