"""`mlstamp new`: a repository from the template."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import new, screens, steps
from ..answers import parse_pairs
from . import (
    AnswersOption,
    DataOption,
    PresetOption,
    RefOption,
    SourceOption,
    elsewhere,
    err,
    organisation,
    out,
    say,
    template,
)


def run(
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="The folder to make.")],
    data: DataOption = None,
    answers: AnswersOption = None,
    preset: PresetOption = "",
    save_preset: Annotated[
        str, typer.Option(metavar="NAME", help="Keep the answers under this name.")
    ] = "",
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Ask nothing: take the defaults.")
    ] = False,
    location: SourceOption = "",
    ref: RefOption = "",
    git: Annotated[bool, typer.Option("--git/--no-git", help="Make it a git repository.")] = True,
    lock: Annotated[
        bool,
        typer.Option("--lock/--no-lock", help="Lock the dependency versions that were tested."),
    ] = True,
    commit: Annotated[
        bool, typer.Option("--commit/--no-commit", help="Make the first commit.")
    ] = True,
) -> None:
    """Stamp out a new repository in DEST.

    Each step says what it did. DEST appears in the last step, so an interruption leaves nothing
    behind.
    """
    wanted = {"git": git, "lock": lock, "commit": commit and git}
    left = new.stamp(
        destination,
        parse_pairs(data or []),
        say=say,
        ask=not defaults,
        template=template(location, ref),
        extra_steps=tuple(step for step in steps.STEPS if wanted[step]),
        layers=elsewhere(answers, preset),
        organisation=organisation(),
        save_as=save_preset,
        named=True,
    )
    if left:
        _tell(destination, left)
    out.print(screens.next_commands(destination), soft_wrap=True)
    if left:
        raise typer.Exit(1)


def _tell(destination: Path, left: list[str]) -> None:
    err.print(
        f"{destination} is there, but not done, and no update can reach it before: "
        f"run {', '.join(left)} in it.",
        markup=False,
        soft_wrap=True,
    )
