"""A run that is interrupted loses nothing: the same command goes on from there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

# A busy machine may let the run go on for a while before it hears of Ctrl-C, hence the third.
WORDS = ("verify", "minimal", "cache", "batch", "--checks", "structure.answers,structure.files")
ONE = ("--jobs", "1")
FIRST, ALL = 2, 6  # checks of the first variant, and of all


def start(cache: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from mlstamp.cli import main; main()", *WORDS]
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "generator"), "NO_COLOR": "1"}
    return subprocess.Popen(
        [*command, *ONE, "--cache", str(cache)],
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
    assert complaint.strip() == "Interrupted."
    done = green(said)
    assert FIRST <= done < ALL

    with start(tmp_path) as process:
        said, complaint = process.communicate(timeout=120)
    assert (process.returncode, complaint) == (0, "")
    assert "✓ minimal" not in said
    assert said.strip().endswith(f"{ALL - done} green, {done} seen before")
    assert green(said) == ALL - done


def green(said: str) -> int:
    """Return how many checks the summary calls green."""
    found = re.search(r"^(\d+) green", said, re.MULTILINE)
    assert found, said
    return int(found[1])
