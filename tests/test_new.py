"""Stamping out one repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstamp import new, render, steps
from mlstamp.checks.update import commit
from mlstamp.errors import Refused
from mlstamp.source import Source, git
from tests.support import files, write_all


def stamp(
    destination: Path,
    template: Path,
    *,
    ref: str | None = None,
    ask: bool = False,
    extra_steps: tuple[str, ...] = (),
    named: bool = False,
) -> list[str]:
    said: list[str] = []
    source = Source(str(template), ref)
    new.stamp(
        destination,
        {"colour": "green"},
        say=said.append,
        ask=ask,
        template=source,
        extra_steps=extra_steps,
        named=named,
    )
    return said


def test_a_stamped_folder_holds_the_render_and_nothing_else(tiny: Path, tmp_path: Path) -> None:
    stamp(tmp_path / "a" / "deep" / "place", tiny)
    place = tmp_path / "a" / "deep" / "place"
    assert (place / "README.md").read_text() == "# churn is green\n"
    assert [path.name for path in place.parent.iterdir()] == ["place"]


def test_an_empty_folder_is_filled(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    stamp(tmp_path / "empty", tiny)
    assert "README.md" in files(tmp_path / "empty")


def test_each_step_says_what_it_did(tiny: Path, tmp_path: Path) -> None:
    said = stamp(tmp_path / "out", tiny, extra_steps=("git", "commit"))
    assert [line.split()[0] for line in said] == ["Rendered", "`copier", "Made", "Made"]
    assert git("status", "--porcelain", cwd=tmp_path / "out") == ""


def released(template: Path, origin: str = "", *, fetched: bool = True) -> None:
    """Make a template a clone at its first release; `fetched` says whether its origin has it."""
    git("init", "--quiet", cwd=template)
    commit(template, "v1.0.0")
    if origin:
        git("remote", "add", "origin", origin, cwd=template)
    if origin and fetched:
        git("update-ref", "refs/remotes/origin/main", "HEAD", cwd=template)


@pytest.mark.parametrize(
    ("origin", "recorded"),
    [
        ("https://alice:secret@example.com/acme/stamp.git", "https://example.com/acme/stamp.git"),
        ("https://example.com/acme/stamp", "git+https://example.com/acme/stamp"),
        ("git@example.com:acme/stamp.git", "git@example.com:acme/stamp.git"),
    ],
)
def test_updates_come_from_where_a_clone_came_from(
    tiny: Path, tmp_path: Path, origin: str, recorded: str
) -> None:
    released(tiny, origin)
    said = stamp(tmp_path / "out", tiny, ref="v1.0.0")
    assert said[1:] == [f"Updates come from {recorded}."]
    stored = render.stored_answers(tmp_path / "out")
    assert (stored["_src_path"], stored["_commit"]) == (recorded, "v1.0.0")
    assert stored["colour"] == "green"


@pytest.mark.parametrize(
    ("origin", "fetched"),
    [
        ("", False),
        ("/somewhere/stamp", True),
        ("file:///somewhere/stamp", True),
        ("https://example.com/acme/stamp.git", False),
    ],
    ids=["no origin", "a folder", "a file URL", "a release of one's own"],
)
def test_a_clone_that_nobody_else_reaches_is_recorded_and_said(
    tiny: Path, tmp_path: Path, origin: str, fetched: bool
) -> None:
    released(tiny, origin, fetched=fetched)
    said = stamp(tmp_path / "out", tiny, ref="v1.0.0")
    assert "on this machine only" in said[1]
    stored = render.stored_answers(tmp_path / "out")
    assert (stored["_src_path"], stored["_commit"]) == (str(tiny), "v1.0.0")


@pytest.mark.parametrize("stage", ["render", "step", "move"])
def test_an_interruption_leaves_nothing_behind(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    target = {"render": (render, "render"), "step": (steps, "load"), "move": (new, "_move")}[stage]
    monkeypatch.setattr(*target, interrupt)
    home = tmp_path / "home"
    home.mkdir()
    with pytest.raises(KeyboardInterrupt):
        stamp(home / "out", tiny, extra_steps=("git",))
    assert list(home.iterdir()) == []


def test_a_half_done_move_into_an_empty_folder_is_undone(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    moves: list[Path] = []
    original = Path.replace

    def third_fails(self: Path, target: Path) -> Path:
        moves.append(target)
        if len(moves) == 3:
            raise KeyboardInterrupt
        return original(self, target)

    monkeypatch.setattr(Path, "replace", third_fails)
    with pytest.raises(KeyboardInterrupt):
        stamp(empty, tiny)
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("name", ["README.md/mine.txt", "README.md"])
def test_what_appears_during_the_move_is_not_taken_away_with_it(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    original = Path.iterdir

    def intrude(self: Path) -> list[Path]:
        found = sorted(original(self))
        if self.name == "project":  # the whole of it is there, and is about to be moved
            write_all(empty, {name: "mine\n"})
        return found

    monkeypatch.setattr(Path, "iterdir", intrude)
    with pytest.raises((Refused, OSError)):
        stamp(empty, tiny)
    assert files(empty) == {name}
    assert (empty / name).read_text(encoding="utf-8") == "mine\n"


def cloned(tmp_path: Path) -> Path:
    """Clone a repository that has no commit yet, as a forge makes it."""
    git("init", "--quiet", "--bare", "--initial-branch=trunk", str(tmp_path / "forge.git"))
    git("clone", "--quiet", str(tmp_path / "forge.git"), str(tmp_path / "clone"))
    return tmp_path / "clone"


def test_an_empty_clone_is_filled_and_keeps_its_remote(tiny: Path, tmp_path: Path) -> None:
    clone = cloned(tmp_path)
    said = stamp(clone, tiny, extra_steps=("git", "commit"))
    assert said[-2:] == [
        "Kept the git repository that was there, and its remote.",
        "Made the first commit.",
    ]
    git("push", "--quiet", "origin", "trunk", cwd=clone)
    assert git("status", "--porcelain", cwd=clone) == ""
    assert "README.md" in git("ls-tree", "--name-only", "trunk", cwd=tmp_path / "forge.git")


def test_an_empty_clone_is_as_it_was_when_the_move_fails(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone, original = cloned(tmp_path), Path.replace

    def last_fails(self: Path, target: Path) -> Path:
        if self.name == "pyproject.toml" and target.parent == clone:
            raise KeyboardInterrupt
        return original(self, target)

    monkeypatch.setattr(Path, "replace", last_fails)
    with pytest.raises(KeyboardInterrupt):
        stamp(clone, tiny, extra_steps=("git", "commit"))
    assert files(clone) == set()
    assert git("for-each-ref", cwd=clone) == ""
    assert git("remote", cwd=clone) == "origin"


def test_a_clone_with_a_commit_or_a_file_is_not_filled(tiny: Path, tmp_path: Path) -> None:
    clone = write_all(cloned(tmp_path), {"a.txt": "a\n"})
    with pytest.raises(Refused, match="is not empty"):
        stamp(clone, tiny)
    commit(clone)
    git("rm", "--quiet", "a.txt", cwd=clone)
    with pytest.raises(Refused, match="is not empty"):
        stamp(clone, tiny)


def test_a_repository_within_another_one_is_said(tiny: Path, tmp_path: Path) -> None:
    outer = write_all(tmp_path / "outer", {".gitignore": "ignored/\n"})
    git("init", "--quiet", cwd=outer)
    said = stamp(outer / "deep" / "in", tiny, extra_steps=("git",))
    assert any("is a repository within the repository" in sentence for sentence in said)
    for place, wanted in ((outer / "ignored", ("git",)), (outer / "plain", ())):
        said = stamp(place, tiny, extra_steps=wanted)
        assert not any("within the repository" in sentence for sentence in said)


@pytest.mark.parametrize(("folder", "name"), [("fraud", "fraud"), ("my fraud", "churn")])
def test_a_project_is_called_what_its_folder_is_where_that_is_a_name(
    tiny: Path, tmp_path: Path, folder: str, name: str
) -> None:
    stamp(tmp_path / folder, tiny, named=True)
    assert render.stored_answers(tmp_path / folder)["project_name"] == name


def test_a_folder_that_fills_up_meanwhile_is_not_overwritten(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def intrude(_: str) -> object:
        write_all(out, {"mine.txt": "mine\n"})
        return lambda _: (True, "done")

    monkeypatch.setattr(steps, "load", intrude)
    with pytest.raises(Refused, match="is not empty"):
        stamp(out, tiny, extra_steps=("git",))
    assert files(out) == {"mine.txt"}


def test_without_a_terminal_nobody_is_asked(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="add --defaults"):
        stamp(tmp_path / "out", tiny, ask=True)
    assert not (tmp_path / "out").exists()
