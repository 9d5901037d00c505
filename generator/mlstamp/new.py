"""Stamp out one repository: it is made in a hidden sibling, and one move puts it in place."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from . import presets, render, source, steps
from .answers import Answers, Questionnaire
from .errors import Refused
from .follow import follow
from .layers import NOTHING, Layer, told

Say = Callable[[str], None]
# What a person runs where a step failed; without a lock nothing is lost, as `uv sync` makes one.
MENDS = {"git": "git init --initial-branch=main", "commit": "git add --all, git commit"}


def stamp(
    destination: Path,
    answers: Mapping[str, object],
    *,
    say: Say,
    ask: bool = False,
    template: source.Source | None = None,
    extra_steps: tuple[str, ...] = tuple(steps.STEPS),
    layers: Sequence[Layer] = (),
    organisation: Layer = NOTHING,
    save_as: str = "",
    named: bool = False,
) -> list[str]:
    """Make a new repository and return the commands that are left to run, as a step failed.

    A refusal or an interruption leaves nothing behind.

    `layers` have answers to what `answers` leaves open, the `organisation` has other defaults. What
    all of it comes to is saved as a preset where `save_as` names one. `named` calls the project
    what its folder is called, where that is a name for one.
    """
    refuse_occupied(destination)
    if save_as:
        presets.refuse_unfit(save_as)
    if ask and not sys.stdin.isatty():
        raise Refused("There is no terminal to ask questions in: add --defaults.")
    with source.chosen(template) as origin:
        with source.readable(origin) as folder:
            asked = Questionnaire.read(folder)
        typed, suggestions = told(asked, [Layer(answers), *layers], organisation, say)
        name = destination.resolve().name if ask or named else ""
        with _staging(destination) as staging:
            _render(origin, staging, typed, suggestions, name, ask=ask)
            say(f"Rendered {_count(staging)} files from {origin}.")
            follow(origin, staging, say)
            left = _take(extra_steps, staging, destination, say)
            stored = render.stored_answers(staging) if save_as else {}
            _move(staging, destination)
        if save_as:
            kept = presets.worth_saving(asked, stored, organisation.answers)
            say(f"Saved the answers in {presets.save(save_as, kept)}.")
    return left


def _render(
    origin: source.Source,
    staging: Path,
    typed: Answers,
    suggestions: Answers,
    name: str,
    *,
    ask: bool,
) -> None:
    """Render; a folder's name that is none for a project is only told to somebody who is asked."""
    if name and "project_name" not in typed:
        try:
            named = {**suggestions, "project_name": name}
            return render.render(origin, staging, typed, ask=ask, suggestions=named)
        except Refused:
            if ask:
                raise
    return render.render(origin, staging, typed, ask=ask, suggestions=suggestions)


def _take(wanted: tuple[str, ...], staging: Path, destination: Path, say: Say) -> list[str]:
    """Take the steps, say what each did, and return what a person has to run in place of some."""
    left = []
    if "git" in wanted:
        _say_of_outer(destination, say)
        if is_unborn(destination):
            shutil.copytree(destination / ".git", staging / ".git")
            say("Kept the git repository that was there, and its remote.")
            wanted = tuple(step for step in wanted if step != "git")
    for step in wanted:
        worked, sentence = steps.load(step)(staging)
        say(sentence)
        if not worked and step in MENDS:
            left.append(MENDS[step])
    return left


def _say_of_outer(destination: Path, say: Say) -> None:
    """Say when the new repository lies within another one, which would not hold its files."""
    place = destination.resolve()
    home = next(folder for folder in place.parents if folder.is_dir())
    with suppress(Refused):
        outer = source.git("rev-parse", "--show-toplevel", cwd=home)
        try:
            source.git("check-ignore", "--quiet", f"{place}/", cwd=home)
        except Refused:
            say(
                f"{destination} is a repository within the repository {Path(outer)}, which will "
                "not hold its files: ignore it there, move it out, or make it with --no-git."
            )


def is_unborn(folder: Path) -> bool:
    """Tell whether a folder is an empty clone: a repository without a commit, and nothing else."""
    if not folder.is_dir() or [path.name for path in folder.iterdir()] != [".git"]:
        return False
    try:
        return not source.git(f"--git-dir={folder / '.git'}", "for-each-ref", "--count=1")
    except Refused:
        return False


def refuse_occupied(destination: Path) -> None:
    """Refuse a destination that holds anything; an empty clone waits for the first commit."""
    if destination.is_dir():
        if any(destination.iterdir()) and not is_unborn(destination):
            raise Refused(f"{destination} is not empty: choose a new folder, or empty it first.")
    elif destination.exists():
        raise Refused(f"{destination} is a file: choose the name of a new folder.")


@contextmanager
def _staging(destination: Path) -> Iterator[Path]:
    """Yield a folder on the destination's own disk, where a move is a mere renaming."""
    home = destination.resolve().parent
    while not home.is_dir():
        home = home.parent
    try:
        holder = TemporaryDirectory(prefix=".mlstamp-", dir=home, ignore_cleanup_errors=True)
    except OSError as error:
        raise Refused(f"{home} cannot be written to ({error.strerror}): choose another.") from None
    with holder as temporary:
        yield Path(temporary) / "project"


def _move(staging: Path, destination: Path) -> None:
    """Put the finished project in place; an empty destination stays the same folder.

    What is moved back when that fails is what was moved, and never something of the owner's.
    """
    refuse_occupied(destination)  # it may have filled up while we worked
    if not destination.exists():
        destination.parent.mkdir(parents=True, exist_ok=True)
        staging.replace(destination)
        return
    moves = [(child, destination / child.name) for child in staging.iterdir()]
    if (staging / ".git").exists() and (destination / ".git").exists():
        moves.insert(0, (destination / ".git", staging.with_name("unborn.git")))
    done: list[tuple[Path, Path]] = []
    try:
        for child, target in moves:
            if target.exists():
                raise Refused(f"{target} came to be meanwhile: choose a new folder.")
            child.replace(target)
            done.append((child, target))
    except BaseException:
        for child, target in reversed(done):
            target.replace(child)
        raise


def _count(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))
