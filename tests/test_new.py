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
