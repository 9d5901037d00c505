"""`mlstamp update`: what it says of each file, what it refuses, and the way back."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlstamp import cli, render, upgrade
from mlstamp.checks.update import commit
from mlstamp.errors import Refused
from mlstamp.render import stored_answers
from mlstamp.source import Source, git
from mlstamp.upgrade.plan import Change, Kind, Trees, changes
from mlstamp.upgrade.rehearsal import tree
from tests.support import write_all

COPIER = """\
_subdirectory: template
_templates_suffix: .jinja
_skip_if_exists: [/mine.txt]
_exclude: ["{% if _copier_operation == 'update' %}/mine.txt{% endif %}"]
colour: {type: str, default: red, choices: [red, green]}
loud: {type: bool, default: false}
"""
OLD = {
    "copier.yml": COPIER,
    "template/.copier-answers.yml.jinja": "{{ _copier_answers | to_nice_yaml }}",
    **{
        f"template/{name}.txt": "".join(f"line {n} of {name}\n" for n in range(9))
        for name in ("same", "new", "kept", "merged", "clash", "gone", "lost", "here", "mine")
    },
}
EDITED = ("kept", "merged", "clash", "lost", "here", "mine")
EXPECTED = {
    "later.txt": Kind.ADDED,
    "new.txt": Kind.UPDATED,
    "merged.txt": Kind.MERGED,
    "kept.txt": Kind.KEPT,
    "mine.txt": Kind.KEPT,
    "gone.txt": Kind.REMOVED,
    "clash.txt": Kind.CONFLICT,
    "lost.txt": Kind.DELETED,
    "here.txt": Kind.MOVED,
    "own.txt": Kind.CONFLICT,
    "own.bin": Kind.OVERWRITTEN,
    "there.txt": Kind.ADDED,
}


@dataclass
class Place:
    """A template in git with two releases, and a project of the first."""

    template: Path
    project: Path

    def release(self, name: str, **questions: str) -> None:
        """Tag what lies in the template."""
        text = COPIER
        for old, new in questions.items():
            text = text.replace(old, new)
        (self.template / "copier.yml").write_text(text)
        commit(self.template, name)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project as it was stamped, and committed; the next release changes one file."""
    made = Place(tmp_path / "template", tmp_path / "project")
    write_all(made.template, OLD)
    git("init", "--quiet", "--initial-branch=main", cwd=made.template)
    made.release("v1.0.0")
    render.render(Source(str(made.template), "v1.0.0"), made.project, {})
    git("init", "--quiet", "--initial-branch=main", cwd=made.project)
    commit(made.project)
    append(made.template / "template" / "new.txt", "from the template\n")
    return made


@pytest.fixture
def used(place: Place) -> Place:
    """A project in use, and a release in which everything happens at once."""
    for name in EDITED:
        append(place.project / f"{name}.txt", "from the owner\n")
    (place.project / "own.txt").write_text("from the owner\n")
    (place.project / "own.bin").write_bytes(b"\0 from the owner")
    commit(place.project)
    source = place.template / "template"
    for name in ("clash", "mine"):
        append(source / f"{name}.txt", "from the template\n")
    merged = source / "merged.txt"
    merged.write_text("from the template\n" + merged.read_text())
    for name in ("gone", "lost"):
        (source / f"{name}.txt").unlink()
    (source / "here.txt").rename(source / "there.txt")
    for name in ("later", "own"):
        (source / f"{name}.txt").write_text("from the template\n")
    (source / "own.bin").write_bytes(b"\0 from the template")
    place.release("v2.0.0")
    return place


def append(path: Path, line: str) -> None:
    """Add a line to a file."""
    path.write_text(path.read_text() + line)


def test_it_says_of_each_file_what_happens_and_touches_none(used: Place) -> None:
    before = tree(used.project)
    found = upgrade.plan(used.project, None, {})
    assert {change.path: change.kind for change in found.changes} == EXPECTED
    assert [change.to for change in found.changes if change.kind is Kind.MOVED] == ["there.txt"]
    assert (found.old, found.new) == ("v1.0.0", "v2.0.0")
    assert tree(used.project) == before
    assert not git("status", "--porcelain", cwd=used.project)


def test_a_file_of_the_owner_alone_that_goes_is_a_loss() -> None:
    trees = Trees(stamped={}, before={"own.txt": b"mine"}, fresh={"new.txt": b"mine"}, after={})
    assert changes(trees) == [Change("own.txt", Kind.DELETED)]


def test_what_would_be_lost_is_refused_by_name(used: Place) -> None:
    found = upgrade.plan(used.project, None, {})
    with pytest.raises(Refused, match=r"lost in lost\.txt, here\.txt, own\.bin: .*--accept"):
        upgrade.apply(used.project, found)
    assert stored_answers(used.project)["_commit"] == "v1.0.0"


def test_an_update_does_what_was_said_and_can_be_taken_back(used: Place) -> None:
    before = tree(used.project)
    done = upgrade.apply(used.project, upgrade.plan(used.project, None, {}), accept_loss=True)
    after = tree(used.project)
    removed = {change.path for change in done.of(Kind.REMOVED, Kind.DELETED, Kind.MOVED)}
    assert before.keys() - after.keys() == removed
    assert b"from the template" in after["merged.txt"]
    assert b"from the owner" in after["merged.txt"]
    upgrade.undo(used.project)
    assert tree(used.project) == before
    assert not git("status", "--porcelain", cwd=used.project)
    with pytest.raises(Refused, match="nothing to take back"):
        upgrade.undo(used.project)


def test_work_done_since_the_update_is_not_taken_back_with_it(place: Place) -> None:
    place.release("v2.0.0")
    upgrade.apply(place.project, upgrade.plan(place.project, None, {}))
    append(place.project / "same.txt", "written later\n")
    with pytest.raises(Refused, match=r"You changed same\.txt since the update"):
        upgrade.undo(place.project)
    commit(place.project)
    with pytest.raises(Refused, match="git revert"):
        upgrade.undo(place.project)


def test_an_update_that_was_cut_short_can_be_taken_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.release("v2.0.0")
    before = tree(place.project)
    planned = upgrade.plan(place.project, None, {})

    def half(project: Path, *_: object) -> None:
        (project / "made").mkdir()
        (project / "made" / "half.txt").write_text("half\n")
        (project / "new.txt").write_text("torn")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(render, "update", half)
        upgrade.apply(place.project, planned)
    with pytest.raises(Refused, match="take it back with --undo"):
        upgrade.plan(place.project, None, {})
    upgrade.undo(place.project)
    assert tree(place.project) == before
    assert not (place.project / "made").exists()


def test_an_answer_changes_by_the_same_command(place: Place) -> None:
    place.release("v2.0.0")
    upgrade.apply(
        place.project, upgrade.plan(place.project, None, {"colour": "green", "loud": "yes"})
    )
    stored = stored_answers(place.project)
    assert (stored["colour"], stored["loud"]) == ("green", True)


def test_a_question_that_is_gone_is_said(place: Place) -> None:
    place.release("v2.0.0", **{"loud: {type: bool, default: false}\n": ""})
    assert upgrade.plan(place.project, None, {}).gone == ["loud"]


def test_an_answer_that_fits_no_more_is_refused(place: Place) -> None:
    place.release("v2.0.0", **{"[red, green]": "[blue, green]", "default: red": "default: blue"})
    with pytest.raises(Refused, match=r"on record is none any more: colour=red .* Give --data"):
        upgrade.plan(place.project, None, {})
    assert upgrade.plan(place.project, None, {"colour": "green"}).new == "v2.0.0"


@pytest.mark.parametrize(
    ("answers", "version", "sentence"),
    [
        ({"color": "green"}, None, "did you mean colour"),
        ({"colour": "black"}, None, "choose one of red, green"),
        ({}, "v9.9.9", r"v9\.9\.9"),
    ],
)
def test_a_wrong_request_is_refused_and_changes_nothing(
    place: Place, answers: dict[str, object], version: str | None, sentence: str
) -> None:
    place.release("v2.0.0")
    with pytest.raises(Refused, match=sentence):
        upgrade.plan(place.project, version, answers)
    assert not git("status", "--porcelain", cwd=place.project)


def test_projects_that_cannot_be_updated_are_told_why(place: Place, tmp_path: Path) -> None:
    place.release("v2.0.0")
    (place.project / "draft.txt").write_text("not yet\n")
    with pytest.raises(Refused, match="not committed: commit or stash them first"):
        upgrade.plan(place.project, None, {})
    with pytest.raises(Refused, match="was not stamped by Copier"):
        upgrade.plan(tmp_path, None, {})
    plain = tmp_path / "plain"
    render.render(Source(str(place.template), "v1.0.0"), plain, {})
    with pytest.raises(Refused, match="git init"):
        upgrade.plan(plain, None, {})
    answers = plain / ".copier-answers.yml"
    kept = [line for line in answers.read_text().splitlines() if not line.startswith("_commit")]
    answers.write_text("\n".join(kept))
    git("init", "--quiet", cwd=plain)
    with pytest.raises(Refused, match="without releases"):
        upgrade.plan(plain, None, {})


@pytest.mark.parametrize(("loses", "code"), [(False, 0), (True, 1)])
def test_the_command_shows_files_and_exits_with_1_when_something_is_left(
    used: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    loses: bool,
    code: int,
) -> None:
    if not loses:
        git("reset", "--hard", "--quiet", "HEAD~1", cwd=used.project)
    words = ["mlstamp", "update", str(used.project), "--dry-run"]
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.setenv("COLUMNS", "120")
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == code
    shown = capsys.readouterr().out
    assert "An update from v1.0.0 to v2.0.0." in shown
    assert ("deleted though you edited it" in shown) is loses
