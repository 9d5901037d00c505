"""`mlstamp new`: a repository from the template."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import new, screens, source, steps
from ..answers import parse_pairs
from ..errors import Refused
from . import DataOption, out


def run(
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="A folder yet to be made.")],
    data: DataOption = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing more.")] = False,
    template: Annotated[
        str, typer.Option("--source", help="Another template: a folder or a git URL.")
    ] = "",
    ref: Annotated[str, typer.Option(help="The release of --source; the latest if left out.")] = "",
    git: Annotated[bool, typer.Option("--git/--no-git", help="Make it a git repository.")] = True,
    lock: Annotated[
        bool,
        typer.Option("--lock/--no-lock", help="Lock the dependency versions that were tested."),
    ] = True,
    commit: Annotated[bool, typer.Option("--commit/--no-commit", help="Commit it all.")] = True,
) -> None:
    """Stamp out a new repository in DEST.

    Each step says what it did. Until the last step nothing stands in DEST, so an
    interruption leaves nothing behind.
    """
    if ref and not template:
        raise Refused("--ref belongs to --source: name the template as well.")
    wanted = {"git": git, "lock": lock, "commit": commit and git}
    new.stamp(
        destination,
        parse_pairs(data or []),
        say=lambda sentence: out.print(sentence, markup=False, soft_wrap=True),
        ask=not defaults,
        template=source.given_source(template, ref or None) if template else None,
        extra_steps=tuple(step for step in steps.STEPS if wanted[step]),
    )
    out.print(screens.next_commands(destination), soft_wrap=True)
