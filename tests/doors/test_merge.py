"""Two files as one: every value of the owner's stays, and updates find the template's lines."""

from __future__ import annotations

import tomllib

from mlstamp.adopt.merge import lines, pyproject
from mlstamp.checks.update import count_anchors
from tests.conftest import Rendered
from tests.doors.texts import OWN, TEMPLATE


def test_every_value_of_the_owners_is_in_the_merged_pyproject() -> None:
    text, overruled = pyproject(TEMPLATE["template/pyproject.toml.jinja"], OWN["pyproject.toml"])
    merged, mine = tomllib.loads(text), tomllib.loads(OWN["pyproject.toml"])
    assert set(mine["project"].pop("dependencies")) <= set(merged["project"]["dependencies"])
    assert merged["tool"] == {"mypy": {"strict": True}, "black": {"line-length": 120}}
    assert merged["build-system"] == mine["build-system"]
    assert mine["project"].items() <= merged["project"].items()
    assert "version" not in merged["project"]
    assert text.index("go below this line") < text.index('"requests>=2"')
    assert overruled[0] == "project.name"


def test_the_real_pyproject_takes_in_that_of_another_and_keeps_its_markers(
    rendered: Rendered,
) -> None:
    ours = (rendered(profile="minimal") / "pyproject.toml").read_text(encoding="utf-8")
    text, _ = pyproject(ours, OWN["pyproject.toml"])
    assert count_anchors(text) == count_anchors(ours)
    merged, before = tomllib.loads(text), tomllib.loads(ours)
    assert merged["dependency-groups"] == before["dependency-groups"]
    assert merged["project"]["dependencies"][-1] == "requests>=2"
    kept = [line for line in ours.splitlines() if line in text.splitlines()]
    assert len(ours.splitlines()) - len(kept) <= 8  # the values that the owner's overrule


def test_lines_that_both_have_stay_once() -> None:
    assert lines("a\nb\n", "b\n\nc\n") == ("a\nb\n\nc\n", [])
    assert lines("a\nb\n", "b\n") == ("a\nb\n", [])
