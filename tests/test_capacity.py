"""How many variants are built at a time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mlstamp import capacity
from mlstamp.capacity import PEAK_MEGABYTES, fitting
from mlstamp.errors import Refused


def test_no_more_than_there_are_cores() -> None:
    assert fitting(2, free_megabytes=100 * PEAK_MEGABYTES) == 2


def test_no_more_than_fit_into_free_memory() -> None:
    assert fitting(16, free_megabytes=3.9 * PEAK_MEGABYTES) == 3


def test_one_at_least() -> None:
    assert fitting(4, free_megabytes=1) == 1


def test_a_number_is_taken_as_it_is_and_auto_looks_at_this_machine() -> None:
    assert capacity.jobs("7") == 7
    assert 1 <= capacity.jobs("auto") <= capacity.cores()


@pytest.mark.parametrize("wish", ["0", "-1", "many", "", "1.5"])
def test_what_is_no_number_is_refused(wish: str) -> None:
    with pytest.raises(Refused, match="give 1 or more, or auto"):
        capacity.jobs(wish)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no record of ended programs")
def test_the_peak_is_that_of_the_largest_program_that_ended_not_of_the_last_or_of_all() -> None:
    sizes = (150, 450, 50)  # megabytes that programs take, one after the other
    lines = [f"run([executable, '-c', 'bytearray({size}_000_000)'])" for size in sizes]
    head = "from sys import executable; from subprocess import run; from mlstamp import capacity"
    script = "\n".join([head, *lines, "print(capacity.peak_megabytes())"])
    said = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout
    assert 450 <= int(said) < 600
