"""Each structural check is green on a fresh render and red on a planted fault."""

from __future__ import annotations

import pytest

from mlstamp.checks import structure
from mlstamp.checks.base import Check, Failed, Subject
from tests.support import write_all

CHECKS = (
    structure.AnswersFile(),
    structure.RequiredFiles(),
    structure.Rendered(),
    structure.Sizes(),
    structure.OneProblem(),
)
SCHEMA = """
ENTITY = "song_id"
EVENT_TIME = "played_at"
class Input(BaseModel):
    model_config = ConfigDict()
    tempo: float
class Label(BaseModel):
    liked: bool
class Output(BaseModel):
    probability: float
"""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_fresh_render_is_green(subject: Subject, check: Check) -> None:
    check.run(subject)


def test_a_missing_answer_is_red(subject: Subject) -> None:
    subject.answers["colour"] = "red"
    with pytest.raises(Failed, match="not on record: colour"):
        structure.AnswersFile().run(subject)


def test_a_missing_answers_file_is_red(subject: Subject) -> None:
    (subject.root / ".copier-answers.yml").unlink()
    with pytest.raises(Failed, match="not stamped by Copier"):
        structure.AnswersFile().run(subject)


@pytest.mark.parametrize(
    "name", ["README.md", "src/churn/problem/model.py", "src/churn/serving/__init__.py"]
)
def test_a_missing_file_is_red(subject: Subject, name: str) -> None:
    (subject.root / name).unlink()
    with pytest.raises(Failed, match=name):
        structure.RequiredFiles().run(subject)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docs/a.md", "Hello {{ project_name }}!\n"),
        ("docs/b.md", "{% if tuning %}x{% endif %}\n"),
        ("src/churn/c.py", "x = 1  # {% raw %}\n"),
        ("docs/{{name}}.md", "a name of its own\n"),
    ],
)
def test_left_over_template_syntax_is_red(subject: Subject, name: str, text: str) -> None:
    write_all(subject.root, {name: text})
    with pytest.raises(Failed, match=r"docs/|c\.py"):
        structure.Rendered().run(subject)


def test_braces_of_other_tools_are_fine(subject: Subject) -> None:
    write_all(subject.root, {"ci.yml": "key: ${{ github.sha }}\n", "a.j2": "{{ figure }}\n"})
    structure.Rendered().run(subject)


def test_a_file_of_151_lines_is_red(subject: Subject) -> None:
    write_all(subject.root, {"src/churn/long.py": "x = 1\n" * 151})
    with pytest.raises(Failed, match=r"src/churn/long\.py:151 has 151 lines"):
        structure.Sizes().run(subject)


def test_instructions_for_agents_of_61_lines_are_red(subject: Subject) -> None:
    write_all(subject.root, {"AGENTS.md": "Do this.\n" * 61})
    with pytest.raises(Failed, match=r"AGENTS\.md:61 has 61 lines"):
        structure.Sizes().run(subject)


@pytest.mark.parametrize(
    "line", ['frame["tempo"]', "Input(tempo=1.0)", 'ROW = {"liked": True}', 'sort("played_at")']
)
def test_a_name_of_the_problem_in_shared_code_is_red(subject: Subject, line: str) -> None:
    schema = {"src/churn/problem/schema.py": SCHEMA, "src/churn/serving/planted.py": f"{line}\n"}
    write_all(subject.root, schema)
    with pytest.raises(Failed, match=r"src/churn/serving/planted\.py:1 says"):
        structure.OneProblem().run(subject)


def test_names_of_the_problem_are_fine_where_the_problem_lives(subject: Subject) -> None:
    mine = {"src/churn/problem/more.py": '"tempo"\n', "tests/problem/test_more.py": '"liked"\n'}
    write_all(subject.root, {"src/churn/problem/schema.py": SCHEMA, **mine})
    structure.OneProblem().run(subject)


def test_the_names_of_a_schema_are_columns_labels_entity_and_event_time() -> None:
    assert structure.schema_names(SCHEMA) == {"tempo", "liked", "song_id", "played_at"}
