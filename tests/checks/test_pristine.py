"""Each check of a pristine render turns red on a planted fault."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mlstamp.checks import pristine
from mlstamp.checks.base import Failed, Subject
from mlstamp.errors import StepFailed
from tests.support import write_all


def test_two_renders_of_the_template_are_the_same(subject: Subject) -> None:
    pristine.SecondRender().run(subject)


def test_a_render_that_depends_on_the_clock_is_red(subject: Subject, tiny: Path) -> None:
    write_all(tiny, {"template/README.md.jinja": "{{ range(10**5) | random }}\n"})
    subject.template, subject.answers = tiny, {}
    with pytest.raises(Failed, match=r"README\.md"):
        pristine.SecondRender().run(subject)


def test_a_fresh_render_has_no_conflicts(subject: Subject) -> None:
    pristine.NoConflicts().run(subject)


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.py.rej", "@@\n"), ("a.py", f"{'<' * 7} before updating\nx\n{'=' * 7}\n")],
)
def test_what_an_update_left_behind_is_red(subject: Subject, name: str, text: str) -> None:
    write_all(subject.root, {name: text})
    with pytest.raises(Failed, match=name):
        pristine.NoConflicts().run(subject)


def test_a_fresh_render_has_nothing_for_an_editor_to_tidy(subject: Subject) -> None:
    pristine.Text().run(subject)


@pytest.mark.parametrize("text", ["a \n", "a\t\nb\n", "a", "a\n\n", "a\r\nb\n"])
def test_what_an_editor_would_tidy_is_red(subject: Subject, text: str) -> None:
    (subject.root / "a.md").write_bytes(text.encode())
    with pytest.raises(Failed, match=r"a\.md"):
        pristine.Text().run(subject)


def test_a_hook_that_changes_a_file_is_red(subject: Subject) -> None:
    code = "import pathlib; pathlib.Path('pyproject.toml').write_text('tidied')"
    subject.project.launcher = (sys.executable, "-c", code)
    with pytest.raises(Failed, match=r"pyproject\.toml"):
        pristine.Hooks().run(subject)


def test_a_hook_that_fails_is_red(subject: Subject) -> None:
    subject.project.launcher = (sys.executable, "-c", "raise SystemExit(1)")
    with pytest.raises(StepFailed, match="exited with 1"):
        pristine.Hooks().run(subject)


def test_hooks_that_change_nothing_are_green(subject: Subject) -> None:
    subject.project.launcher = (sys.executable, "-c", "")
    pristine.Hooks().run(subject)
