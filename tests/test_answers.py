"""The questions of a template and the answers that they accept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlstamp import pairs, variants
from mlstamp.answers import Questionnaire, parse_pairs, read_config
from mlstamp.commands import template_folder
from mlstamp.errors import Refused
from mlstamp.render import render, stored_answers
from mlstamp.source import Source, given_source
from tests.conftest import Rendered
from tests.support import TINY, write_all


def test_questions_come_from_copier_yml_and_what_it_includes(tiny: Path) -> None:
    asked = Questionnaire.read(tiny)
    assert list(asked.questions) == ["project_name", "profile", "colour", "batch"]
    assert set(asked.computed) == {"batch_owns", "slug"}


def test_choices_are_read_in_every_spelling_that_copier_knows(tmp_path: Path) -> None:
    spellings = "a: {choices: [x, y]}\nb: {choices: [[X, x], [Y, y]]}\nc: {choices: {X: x, Y: y}}\n"
    spellings += "d: {choices: {X: {value: x}, Y: {value: y}}}\n"
    asked = Questionnaire.read(write_all(tmp_path, {"copier.yml": spellings})).questions
    assert {question.choices for question in asked.values()} == {("x", "y")}


def test_an_unknown_answer_is_refused_with_the_closest_question(tiny: Path) -> None:
    with pytest.raises(Refused, match=r"color is not a question \(did you mean colour\?\)"):
        Questionnaire.read(tiny).parse({"color": "red"})


def test_a_computed_answer_is_refused(tiny: Path) -> None:
    with pytest.raises(Refused, match="slug is computed"):
        Questionnaire.read(tiny).parse({"slug": "x"})


def test_a_wrong_choice_is_refused_with_the_closest_one(tiny: Path) -> None:
    with pytest.raises(Refused, match=r"did you mean green\?.*choose one of red, green"):
        Questionnaire.read(tiny).parse({"colour": "gren"})


@pytest.mark.parametrize(
    ("word", "value"), [("true", True), ("Yes", True), ("off", False), ("FALSE", False)]
)
def test_words_of_yes_and_no_become_booleans(tiny: Path, word: str, value: bool) -> None:
    assert Questionnaire.read(tiny).parse({"batch": word}) == {"batch": value}


def test_a_word_that_is_neither_yes_nor_no_is_refused(tiny: Path) -> None:
    with pytest.raises(Refused, match="give true or false"):
        Questionnaire.read(tiny).parse({"batch": "perhaps"})


@pytest.mark.parametrize("given", [{}, {"profile": "minimal"}, {"batch": True, "colour": "green"}])
def test_resolving_agrees_with_what_copier_records(
    tiny: Path, tmp_path: Path, given: dict[str, object]
) -> None:
    render(Source(str(tiny)), tmp_path / "out", given)
    recorded = {k: v for k, v in stored_answers(tmp_path / "out").items() if k[0] != "_"}
    assert Questionnaire.read(tiny).resolve(given) == recorded


def test_the_real_template_resolves_as_copier_does(template: Path, rendered: Rendered) -> None:
    recorded = {k: v for k, v in stored_answers(rendered()).items() if k[0] != "_"}
    assert Questionnaire.read(template).resolve({}) == recorded


def test_questions_that_nobody_was_asked_are_on_record_too(
    template: Path, rendered: Rendered
) -> None:
    recorded = stored_answers(rendered(profile="minimal"))
    resolved = Questionnaire.read(template).resolve({"profile": "minimal"})
    assert {name: recorded[name] for name in resolved} == resolved


def test_list_settings_of_several_documents_add_up(tmp_path: Path) -> None:
    text = "_exclude: [a]\n_skip_if_exists: [x]\n---\n_exclude: [b]\n"
    config = read_config(write_all(tmp_path, {"copier.yml": text}))
    assert config == {"_exclude": ["a", "b"], "_skip_if_exists": ["x"]}


def test_an_include_of_several_paths_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="!include takes one path"):
        Questionnaire.read(write_all(tmp_path, {"copier.yml": "!include [a.yml, b.yml]\n"}))


def test_a_folder_without_questions_is_no_template(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"has no copier\.yml"):
        Questionnaire.read(tmp_path)


@pytest.mark.parametrize("word", ["tuning", "=x", ""])
def test_a_word_that_is_no_answer_is_refused(word: str) -> None:
    with pytest.raises(Refused, match="--data name=value"):
        parse_pairs([word])


@given(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), st.text())
def test_a_value_may_hold_anything_even_equals_signs(name: str, value: str) -> None:
    assert parse_pairs([f"{name}={value}"]) == {name: value}


@pytest.mark.parametrize("where", ["default", "validator"])
def test_a_foreign_template_runs_no_code_of_its_own(tmp_path: Path, where: str) -> None:
    """Copier renders these strings in a sandbox; so do we."""
    mark = tmp_path / "executed"
    code = f"{{{{ cycler.__init__.__globals__.os.mkdir('{mark}') }}}}"
    evil = {**TINY, "copier/capabilities/colour.yml": f'colour: {{type: str, {where}: "{code}"}}\n'}
    template = write_all(tmp_path / "evil", evil)
    with pytest.raises(Refused, match="This template wants to run code of its own"):
        variants.every(template)
        pairs.Rules(Questionnaire.read(template), ["colour"])
    assert not mark.exists()


def test_a_default_that_cannot_be_worked_out_is_refused(tmp_path: Path) -> None:
    text = 'a: {type: str, default: "{{ nowhere }}"}\n'
    with pytest.raises(Refused, match="cannot be worked out: 'nowhere' is undefined"):
        Questionnaire.read(write_all(tmp_path, {"copier.yml": text})).resolve({})


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("copier.yml", b"a: [1\n", r"copier\.yml is not YAML: correct it \(while parsing"),
        ("copier.yml", b"\xff\xfe\x00", r"copier\.yml is not YAML"),
        ("copier.yml", b"only some words\n", r"copier\.yml holds no questions"),
        ("copier.yaml", b"- a\n- b\n", r"copier\.yaml holds no questions"),
        ("copier.yml", b"1: {type: str}\n", r"copier\.yml holds no questions"),
        ("copier/capabilities/colour.yml", b"a: b: c\n", r"colour\.yml is not YAML"),
    ],
)
def test_broken_questions_are_refused_by_one_sentence(
    tiny: Path, name: str, text: bytes, sentence: str
) -> None:
    if name == "copier.yaml":
        (tiny / "copier.yml").unlink()
    (tiny / name).write_bytes(text)
    with pytest.raises(Refused, match=sentence) as error:
        Questionnaire.read(tiny)
    assert "\n" not in str(error.value)


def test_the_other_name_of_the_questions_does_as_well(tiny: Path) -> None:
    (tiny / "copier.yml").rename(tiny / "copier.yaml")
    with template_folder(given_source(str(tiny), None)) as folder:
        assert next(iter(Questionnaire.read(folder).questions)) == "project_name"
