"""Every two answers that may stand together are tried together; those that may not are refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from jinja2 import meta
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from mlstamp import new, pairs, variants
from mlstamp.answers import JINJA, Answers, Question, Questionnaire, read_config
from mlstamp.errors import Refused
from mlstamp.render import render, stored_answers
from mlstamp.source import Source
from scripts import make_pairs
from tests.support import ROOT, write_all

LIGHT = {"copier/capabilities/light.yml": "light:\n  type: bool\n  default: false\n"}
OLD_CHOICE, NEW_CHOICE = '    "MIT": MIT\n', '    "ISC": ISC\n'
ENTRY = "---\n!include copier/capabilities/light.yml\n"


@pytest.fixture(scope="module")
def names(template: Path) -> tuple[str, ...]:
    return variants.capabilities(template, Questionnaire.read(template))


@pytest.fixture(scope="module")
def rules(template: Path, names: tuple[str, ...]) -> pairs.Rules:
    return pairs.Rules(Questionnaire.read(template), names)


def test_every_pair_of_answers_stands_in_a_variant(
    template: Path, names: tuple[str, ...], rules: pairs.Rules
) -> None:
    asked = Questionnaire.read(template)
    found = [asked.resolve(variant.answers) for variant in variants.every(template)]
    rows = [{name: answers[name] for name in names} for answers in found]
    assert pairs.count(rules) > 1_000
    assert pairs.uncovered(rules, rows) == []
    assert [row for row in rows if not rules.allow(row)] == []


def test_a_pair_that_is_left_out_is_found(
    template: Path, names: tuple[str, ...], rules: pairs.Rules
) -> None:
    rows = [row for row in pairs.kept(template, names) if not (row["onnx"] and row["cache"])]
    assert (("cache", True), ("onnx", True)) in pairs.uncovered(rules, rows)


def test_what_may_not_stand_together_is_refused_by_copier_itself(
    template: Path, rules: pairs.Rules, tmp_path: Path
) -> None:
    forbidden = rules.forbidden()
    assert {"retraining": True, "rollout": False} in forbidden
    for answers in forbidden:
        with pytest.raises(Refused, match=r"answer yes, or"):
            render(Source(str(template)), tmp_path / "project", {"profile": "minimal", **answers})
        assert not (tmp_path / "project").exists(), answers


@pytest.mark.parametrize("profile", ["minimal", "recommended", "everything"])
def test_each_two_answers_that_may_not_stand_together_are_refused_with_a_way_out(
    template: Path, rules: pairs.Rules, tmp_path: Path, profile: str
) -> None:
    forbidden = [pair for pair in every_pair(rules) if not rules.possible(pair)]
    assert len(forbidden) >= 8
    for pair in forbidden:
        answers = {"profile": profile, **dict(pair)}
        with pytest.raises(Refused, match=r": answer yes, or (no to|choose) \w+"):
            new.stamp(tmp_path / "out", answers, say=print, template=Source(str(template)))
        assert list(tmp_path.iterdir()) == [], pair


def every_pair(rules: pairs.Rules) -> Iterator[pairs.Combination]:
    for one, other in combinations(sorted(rules.factors), 2):
        for values in product(rules.factors[one], rules.factors[other]):
            yield tuple(zip((one, other), values, strict=True))


def test_a_question_refuses_when_it_is_asked_and_not_later(template: Path) -> None:
    """Its validator reads nothing but itself and what was answered before."""
    asked = Questionnaire.read(template)
    known = set(asked.computed)
    for name, question in asked.questions.items():
        known.add(name)
        read = meta.find_undeclared_variables(JINJA.parse(question.validator))
        assert read <= known, name


def test_a_pair_that_no_row_may_hold_is_not_asked_for(rules: pairs.Rules) -> None:
    assert not rules.possible((("cloud", "aws"), ("container", False)))
    assert not rules.possible((("monitoring", False), ("retraining", True)))  # by way of drift
    assert rules.possible((("cloud", "none"), ("container", False)))


def test_the_rows_are_those_that_the_script_makes() -> None:
    assert (ROOT / pairs.PLACE).read_text(encoding="utf-8") == make_pairs.made(ROOT)


def test_a_new_capability_adds_to_the_rows_and_moves_none(template: Path, tmp_path: Path) -> None:
    copy_questions(template, tmp_path)
    write_all(tmp_path, LIGHT)
    with (tmp_path / "copier.yml").open("a", encoding="utf-8") as file:
        file.write(ENTRY)
    before = json.loads((template / pairs.PLACE).read_text(encoding="utf-8"))
    after = json.loads(make_pairs.made(tmp_path))
    assert [{**row, "light": new["light"]} for row, new in zip(before, after, strict=False)] == (
        after[: len(before)]
    )
    asked = Questionnaire.read(tmp_path)
    rules = pairs.Rules(asked, variants.capabilities(tmp_path, asked))
    assert "light" in rules.factors
    assert pairs.uncovered(rules, after) == []


def test_a_new_choice_adds_rows_and_moves_none(template: Path, tmp_path: Path) -> None:
    copy_questions(template, tmp_path)
    manifest = tmp_path / "copier" / "capabilities" / "license.yml"
    text = manifest.read_text(encoding="utf-8")
    assert text.count(OLD_CHOICE) == 1
    manifest.write_text(text.replace(OLD_CHOICE, OLD_CHOICE + NEW_CHOICE), encoding="utf-8")
    before = json.loads((template / pairs.PLACE).read_text(encoding="utf-8"))
    after = json.loads(make_pairs.made(tmp_path))
    assert after[: len(before)] == before
    assert any(row["license"] == "ISC" for row in after)


def copy_questions(template: Path, folder: Path) -> None:
    shutil.copytree(template / "copier", folder / "copier")
    shutil.copy(template / "copier.yml", folder)


def test_every_three_answers_stand_together_where_that_is_asked_for(
    template: Path, names: tuple[str, ...], rules: pairs.Rules
) -> None:
    asked = Questionnaire.read(template)
    assert pairs.uncovered(rules, pairs.kept(template, names), 3) != []
    found = [asked.resolve(variant.answers) for variant in variants.every(template, 3)]
    rows = [{name: answers[name] for name in names} for answers in found]
    assert pairs.count(rules, 3) > 15_000
    assert pairs.uncovered(rules, rows, 3) == []
    assert [row for row in rows if not rules.allow(row)] == []


def test_whatever_is_answered_at_the_prompt_may_stand_together(
    template: Path, rules: pairs.Rules
) -> None:
    """Copier lets no validator see a choice or a yes at the prompt, so it must not ask for it."""
    config, asked = read_config(template), Questionnaire.read(template)
    bound = {name for row in rules.forbidden() for name in row}
    questions = [question for question in asked.questions.values() if question.name in bound]
    reachable = list(answered(questions, config, {"profile": "custom"}))
    assert len(reachable) > 20
    assert [answers for answers in reachable if not rules.allow(answers)] == []


def answered(
    questions: list[Question], config: dict[str, Any], answers: Answers
) -> Iterator[Answers]:
    if not questions:
        yield answers
        return
    question, *rest = questions
    values = question.choices or (True, False)
    if JINJA.from_string(config[question.name]["ask"]).render(answers) == "False":
        values = (question.parse(JINJA.from_string(str(question.default)).render(answers)),)
    for value in values:
        yield from answered(rest, config, {**answers, question.name: value})


def test_what_an_answer_needs_is_not_asked_for_but_taken(template: Path, tmp_path: Path) -> None:
    answers = Questionnaire.read(template).resolve({"profile": "custom"})
    open_ = ("retraining", "drift", "monitoring", "rollout")
    given = {name: value for name, value in answers.items() if name not in open_}
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("ynnn")
        render(Source(str(template)), tmp_path / "out", given, ask=True)
    stored = stored_answers(tmp_path / "out")
    assert {name: stored[name] for name in open_} == dict.fromkeys(open_, True)
