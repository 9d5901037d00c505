"""`mlstamp update`: a project comes to a release of its template."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import screens, upgrade
from ..answers import parse_pairs
from ..errors import Refused
from ..source import given_source
from . import DataOption, out


def run(
    project: Annotated[Path, typer.Argument(metavar="[PATH]", help="A project.")] = Path(),
    to: Annotated[str, typer.Option(metavar="VERSION", help="Not the newest release.")] = "",
    data: DataOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on though edits of yours are lost.")
    ] = False,
    source: Annotated[
        str, typer.Option(metavar="URL", help="Where the template is now, if it moved.")
    ] = "",
    listing: Annotated[
        bool, typer.Option("--list", help="Only list the releases of its template.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was not committed.")] = False,
) -> None:
    """Bring a project to a release of its template, or change its answers, and lose nothing.

    The update is tried on a copy first, and what it does to each file is shown. Until it is
    committed it can be taken back. It exits with 1 when something is left to resolve.
    """
    root, answers = project.resolve(), parse_pairs(data or [])
    if not root.is_dir():
        raise Refused(f"{project} is no folder: give the path of a project.")
    if undo:
        upgrade.undo(root)
        out.print("The project is what it was before the update.")
        return
    place = _moved(source) if source else None
    if listing:
        out.print(screens.releases(*upgrade.listed(root, place)))
        return
    with out.status("Trying the update on a copy"):
        outcome = plan = upgrade.plan(root, to or None, answers, place)
    out.print(screens.planned(plan))
    if not dry_run:
        outcome = upgrade.apply(root, plan, accept_loss=accept_loss)
        out.print(screens.applied(outcome, plan))
    if outcome.open:
        raise typer.Exit(1)


def _moved(source: str) -> str:
    """Return the place of a template as Copier takes it; an update needs one with releases."""
    given = given_source(source, None)
    if given.ref is None:
        raise Refused(f"{source} is a plain folder, without releases: give the URL of a template.")
    return given.location
