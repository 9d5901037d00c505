"""A run that is interrupted loses nothing: the same command goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

# The second variant takes a second or two to be rendered before its first check.
WORDS = ("verify", "minimal", "cache", "--checks", "structure.answers,structure.files")
FIRST = 2  # checks of the first variant


def start(cache: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from mlstamp.cli import main; main()", *WORDS]
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "generator"), "NO_COLOR": "1"}
    return subprocess.Popen(
        [*command, "--cache", str(cache)],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there, no other process can press Ctrl-C")
def test_after_ctrl_c_the_same_command_goes_on_where_it_was(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(FIRST)]
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert [line[:9] for line in lines] == ["✓ minimal"] * FIRST
    assert "the same command goes on from there" in said
    assert f"{FIRST} green" in said
    assert complaint.strip() == "Interrupted."

    with start(tmp_path) as process:
        said, complaint = process.communicate(timeout=120)
    assert (process.returncode, complaint) == (0, "")
    assert f"{FIRST} checks, of minimal {FIRST}" in said
    assert "✓ minimal" not in said
    assert said.strip().endswith(f"{FIRST} green, {FIRST} seen before")
