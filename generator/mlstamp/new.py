"""Stamp out one repository: it is made in a hidden sibling, and one move puts it in place."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from . import presets, render, source, steps
from .answers import Questionnaire
from .errors import Refused
from .follow import follow
from .layers import NOTHING, Layer, told

Say = Callable[[str], None]


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
) -> None:
    """Make a new repository; a refusal or an interruption leaves nothing behind.

    `layers` have answers to what `answers` leaves open, the `organisation` has other defaults. What
    all of it comes to is saved as a preset where `save_as` names one.
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
        if ask:
            suggestions["project_name"] = destination.resolve().name
        with _staging(destination) as staging:
            render.render(origin, staging, typed, ask=ask, suggestions=suggestions)
            say(f"Rendered {_count(staging)} files from {origin}.")
            follow(origin, staging, say)
            for step in extra_steps:
                say(steps.load(step)(staging)[1])
            stored = render.stored_answers(staging) if save_as else {}
            _move(staging, destination)
        if save_as:
            kept = presets.worth_saving(asked, stored, organisation.answers)
            say(f"Saved the answers in {presets.save(save_as, kept)}.")


def refuse_occupied(destination: Path) -> None:
    """Refuse a destination that holds anything."""
    if destination.is_dir():
        if any(destination.iterdir()):
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
    """Put the finished project in place; an empty destination stays the same folder."""
    refuse_occupied(destination)  # it may have filled up while we worked
    if not destination.exists():
        destination.parent.mkdir(parents=True, exist_ok=True)
        staging.replace(destination)
        return
    moved: list[Path] = []
    try:
        for child in staging.iterdir():
            moved.append(destination / child.name)
            child.replace(moved[-1])
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def _count(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))
