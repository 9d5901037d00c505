"""How many variants are built at a time."""

from __future__ import annotations

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
