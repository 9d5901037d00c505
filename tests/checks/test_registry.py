"""The list of checks: every one can be named, read and relied upon."""

from __future__ import annotations

import pytest

from mlstamp import checks
from mlstamp.checks import CHECKS
from mlstamp.checks.base import Check
from mlstamp.errors import Refused


def test_every_requirement_is_a_check_that_comes_earlier() -> None:
    seen: set[str] = set()
    for check in CHECKS.values():
        assert set(check.requires) <= seen, check.id
        seen.add(check.id)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_every_check_has_a_title_and_a_sentence_for_its_failure(check: Check) -> None:
    assert check.title.endswith(".")
    assert check.failure.endswith(".")
    assert check.title != check.failure


def test_a_family_names_all_its_checks_and_what_they_require() -> None:
    names = [check.id for check in checks.chosen(["runtime.explain"])]
    assert names == ["quality.sync", "runtime.lifecycle", "runtime.serving", "runtime.explain"]
    assert {check.id.partition(".")[0] for check in checks.chosen(["structure"])} == {"structure"}


def test_no_words_mean_every_check() -> None:
    assert checks.chosen([]) == list(CHECKS.values())


def test_an_unknown_check_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refused, match=r"name a family .structure, pristine"):
        checks.chosen(["nope"])
