"""Which sets of answers the harness tries."""

from __future__ import annotations

import re
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
    assert [len(changed) for changed in changes(tiny).values()] == [1, 1]


def test_a_capability_alone_comes_with_the_unit_tests_that_try_it(template: Path) -> None:
    found = changes(template)
    assert found.pop("unit_tests") == {"unit_tests": True}
    assert {"tuning", "batch", "monitoring", "onnx", "report", "pre_commit"} <= set(found)
    assert found["problem-regression"] == {"problem": "regression", "unit_tests": True}
    # Some bring along what they need: an image, a log, a service that follows the registry.
    assert set(found.pop("drift")) == {"drift", "monitoring", "unit_tests"}
    needed = {"drift", "monitoring", "rollout", "unit_tests"}
    assert set(found.pop("retraining")) == {"retraining", *needed}
    alone = [{k: v for k, v in changed.items() if k != "container"} for changed in found.values()]
    found.pop("container")
    assert sorted(map(len, alone)) == [1] + [2] * len(found)
    assert all(changed["unit_tests"] for changed in alone)


def test_each_model_and_each_sample_is_tried_with_onnx_runtime(template: Path) -> None:
    asked = Questionnaire.read(template)
    tried = [v.answers for v in variants.every(template) if asked.resolve(v.answers)["onnx"]]
    for name in ("model", "problem"):
        values = {asked.resolve(answers)[name] for answers in tried}
        assert values == set(asked.questions[name].choices)


def changes(template: Path) -> dict[str, dict[str, object]]:
    """Return what each variant of one capability alone answers otherwise than the minimal one."""
    asked = Questionnaire.read(template)
    minimal = asked.resolve({"profile": "minimal"}).items()
    return {
        variant.name: dict(asked.resolve(variant.answers).items() - minimal)
        for variant in variants.alone(asked, variants.capabilities(template, asked))
    }


def test_names_of_variants_are_distinct_and_fit_a_folder(template: Path) -> None:
    names = [variant.name for variant in variants.every(template)]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[A-Za-z0-9._-]+", name)] == []


def test_variants_that_come_to_the_same_answers_run_once(template: Path) -> None:
    names = [v.name for v in variants.distinct(template, variants.every(template))]
    assert "default" in names
    assert "recommended" not in names


def test_an_unknown_variant_is_refused_with_the_known_ones(tiny: Path) -> None:
    with pytest.raises(Refused, match="nope is not a variant: known are default"):
        variants.chosen(tiny, ["nope"])


def test_a_pattern_chooses_many_and_may_take_away(tiny: Path) -> None:
    def names(*patterns: str) -> list[str]:
        return [variant.name for variant in variants.chosen(tiny, list(patterns))]

    assert names("batch*", "default") == ["batch", "default"]
    assert "minimal" not in names("*", "!minimal")
    assert set(names("*")) == {*names("*", "!minimal"), "minimal"}


def test_chosen_variants_keep_the_order_of_their_names(tiny: Path) -> None:
    chosen = variants.chosen(tiny, ["minimal", "default"])
    assert [variant.name for variant in chosen] == ["minimal", "default"]


@pytest.mark.parametrize("patterns", [["!default"], ["default", "!def*"]])
def test_a_choice_that_leaves_nothing_is_refused(tiny: Path, patterns: list[str]) -> None:
    with pytest.raises(Refused, match=r"leaves no variant: .*--all"):
        variants.chosen(tiny, patterns)
