"""The list of checks: every one can be named, read and relied upon."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstamp import checks
from mlstamp.answers import Questionnaire
from mlstamp.checks import CHECKS
from mlstamp.checks.base import Check
from mlstamp.errors import Refused
from tests.checks.fakes import fake_subject


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


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("pristine.hooks", "pre_commit"),
        ("runtime.report", "report"),
        ("runtime.explain", "monitoring"),
        ("runtime.batch", "batch"),
    ],
)
def test_a_check_of_a_capability_concerns_only_those_who_have_it(
    tmp_path: Path, name: str, capability: str
) -> None:
    subject = fake_subject(tmp_path)
    assert CHECKS[name].concerns(subject)
    subject.answers[capability] = False
    assert not CHECKS[name].concerns(subject)


def test_the_capability_of_each_check_is_a_question_of_the_template(template: Path) -> None:
    named = {check.capability for check in CHECKS.values()} - {""}
    assert named <= set(Questionnaire.read(template).questions)


def test_no_words_mean_every_check() -> None:
    assert checks.chosen([]) == list(CHECKS.values())


def test_a_word_with_a_mark_takes_checks_away_from_what_is_named_or_from_all() -> None:
    every = [check.id for check in checks.chosen([])]
    assert [check.id for check in checks.chosen(["!structure", "!update.same"])] == [
        name for name in every if not name.startswith("structure.") and name != "update.same"
    ]
    assert checks.chosen(["structure", "update", "!update"]) == checks.chosen(["structure"])
    with pytest.raises(Refused, match="nope is not a check"):
        checks.chosen(["!nope"])


def test_an_unknown_check_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refused, match=r"name a family .structure, pristine"):
        checks.chosen(["nope"])
