"""`mlstamp update`: a project comes to a release of its template."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from .. import screens, upgrade
from ..answers import parse_pairs
from ..errors import Refused
from ..source import given_source
from . import DataOption, JsonOption, out


def run(
    project: Annotated[Path, typer.Argument(metavar="[PATH]", help="The project.")] = Path(),
    to: Annotated[str, typer.Option(metavar="VERSION", help="This release, not the newest.")] = "",
    data: DataOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on even if edits of yours are lost.")
    ] = False,
    source: Annotated[
        str, typer.Option(metavar="URL", help="Where the template is now, if it moved.")
    ] = "",
    listing: Annotated[
        bool, typer.Option("--list", help="Only list the releases of its template.")
    ] = False,
    json_file: JsonOption = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was not committed.")] = False,
) -> None:
    """Bring a project to a release of its template, or change its answers, and lose nothing.

    The update is tried on a copy first, and what it does to each file is shown. Until it is
    committed it can be taken back. It exits with 1 when something is left to resolve.
    """
    root = project.resolve()
    if json_file and (undo or listing):
        raise Refused("--json tells of an update: leave it out with --undo and --list.")
    with _recorded(json_file, root) as record:
        if not root.is_dir():
            raise Refused(f"{project} is no folder: give the path of a project.")
        if undo:
            upgrade.undo(root)
            out.print("The project is what it was before the update.")
            return
        answers, place = parse_pairs(data or []), _moved(source) if source else None
        if listing:
            out.print(screens.releases(*upgrade.listed(root, place)))
            return
        with out.status("Trying the update on a copy"):
            plan = upgrade.plan(root, to or None, answers, place)
        record |= plan.as_dict()
        out.print(screens.planned(plan))
        outcome = plan if dry_run else upgrade.apply(root, plan, accept_loss=accept_loss)
        record |= {**outcome.as_dict(), "ending": _ending(outcome)}
        if outcome.applied:
            out.print(screens.applied(outcome, plan, project))
    raise typer.Exit(bool(outcome.open))


def _ending(outcome: upgrade.Outcome) -> str:
    if not outcome.applied:
        return "planned"
    return "to resolve" if outcome.open else "updated"


@contextmanager
def _recorded(path: Path | None, project: Path) -> Iterator[dict[str, object]]:
    """Yield what is to be told of an update, and write it however that ends."""
    record: dict[str, object] = {"project": str(project), "ending": "interrupted", "reason": ""}
    try:
        yield record
    except Refused as error:
        record |= {"ending": "refused", "reason": str(error)}
        raise
    finally:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(record, indent=2)  # a file's name may be no text in any encoding
            path.write_text(f"{text}\n", encoding="utf-8")


def _moved(source: str) -> str:
    """Return the place of a template as Copier takes it; an update needs one with releases."""
    given = given_source(source, None)
    if given.ref is None:
        raise Refused(f"{source} is a plain folder, without releases: give the URL of a template.")
    return given.location
