"""`mlstamp faults`: would anybody notice if the template were broken like this?"""

from __future__ import annotations

import fnmatch
import json
import time
from pathlib import Path
from typing import Annotated

import typer

from .. import bench, faults, screens, source
from ..errors import Refused
from . import JsonOption, out, problems_folder, template_folder, workplace

FOLDER = Path("tests") / "mutants"


def run(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", help="Faults, or the checks that notice them; ci.* names many."
        ),
    ] = None,
    json_file: JsonOption = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the repositories and logs here.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Faults at a time.")] = 1,
    listed: Annotated[bool, typer.Option("--list", help="Only say which there are.")] = False,
) -> None:
    """Break the template in known ways, one at a time, and see whether `verify` would notice.

    Each fault names the check that has to turn red, and what it has to say then. It exits with 1
    when a fault survives without an explanation, or can no longer be planted.
    """
    wanted = _chosen(names or ["*"])
    if listed:
        out.print(screens.known_faults(wanted))
        return
    started = time.monotonic()
    with template_folder() as template, workplace(keep) as work:
        place = bench.Bench(template, work, problems_folder(), keep is not None)
        found = bench.run(wanted, place, _tell, jobs)
    seconds = time.monotonic() - started
    out.print(screens.faults(found, seconds))
    if json_file:
        _write(json_file, found, seconds)
    if any(one.ending in {faults.Ending.SURVIVED, faults.Ending.ERROR} for one in found):
        raise typer.Exit(1)


def _tell(finding: faults.Finding) -> None:
    """Print what became of a fault as soon as it is known."""
    out.print(screens.planted(finding), soft_wrap=True)


def _chosen(patterns: list[str]) -> list[faults.Fault]:
    root = source.checkout()
    if root is None:
        raise Refused("The faults are in the repository of mlstamp: run this in a clone of it.")
    known = faults.read(root / FOLDER)
    for pattern in patterns:
        if not any(_fits(pattern, fault) for fault in known):
            raise Refused(f"{pattern} is no fault: `mlstamp faults --list` says which there are.")
    return [fault for fault in known if any(_fits(pattern, fault) for pattern in patterns)]


def _fits(pattern: str, fault: faults.Fault) -> bool:
    return fnmatch.fnmatch(fault.name, pattern) or fnmatch.fnmatch(fault.check, pattern)


def _write(path: Path, found: list[faults.Finding], seconds: float) -> None:
    killed, tried = faults.kill_rate(found)
    rows = [one.as_dict() for one in found]
    told = {"killed": killed, "tried": tried, "seconds": seconds, "faults": rows}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{json.dumps(told, indent=2, ensure_ascii=False)}\n", encoding="utf-8")
