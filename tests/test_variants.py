"""Which sets of answers the harness tries."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstamp import variants
from mlstamp.answers import Questionnaire
from mlstamp.errors import Refused


def test_the_default_variant_comes_first_and_answers_nothing(template: Path) -> None:
    assert variants.every(template)[0] == variants.Variant("default", {})


def test_each_profile_is_a_variant(template: Path) -> None:
    assert {"minimal", "recommended", "everything"} <= {v.name for v in variants.every(template)}


def test_each_value_of_each_capability_stands_in_some_variant(template: Path) -> None:
    asked = Questionnaire.read(template)
    resolved = [asked.resolve(variant.answers) for variant in variants.every(template)]
    for name in variants.capabilities(template, asked):
        question = asked.questions[name]
        for value in question.choices or (True, False):
            assert any(answers[name] == value for answers in resolved), (name, value)


def test_a_capability_alone_changes_one_answer_of_the_minimal_profile(tiny: Path) -> None:
    asked = Questionnaire.read(tiny)
    minimal = asked.resolve({"profile": "minimal"})
    for variant in variants.alone(asked, variants.capabilities(tiny, asked)):
        answers = asked.resolve(variant.answers)
        assert len([name for name in answers if answers[name] != minimal[name]]) == 1


def test_names_of_variants_are_distinct_and_fit_a_folder(template: Path) -> None:
    names = [variant.name for variant in variants.every(template)]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").replace(".", "").isalnum() for name in names)


def test_variants_that_come_to_the_same_answers_run_once(template: Path) -> None:
    names = [v.name for v in variants.distinct(template, variants.every(template))]
    assert "default" in names
    assert "recommended" not in names


def test_an_unknown_variant_is_refused_with_the_known_ones(tiny: Path) -> None:
    with pytest.raises(Refused, match="nope is not a variant: known are default"):
        variants.chosen(tiny, ["nope"])


def test_chosen_variants_keep_the_order_of_their_names(tiny: Path) -> None:
    chosen = variants.chosen(tiny, ["minimal", "default"])
    assert [variant.name for variant in chosen] == ["minimal", "default"]
