"""`mlstamp demo`: the default repository, and all that it does."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer

from .. import demo, new, screens
from . import out


def run(
    destination: Annotated[
        Path | None,
        typer.Argument(metavar="[DEST]", help="A new folder; ./mlstamp-demo if left out."),
    ] = None,
    loop: Annotated[
        bool, typer.Option("--loop", help="Then drift, an alert, a better model (minutes).")
    ] = False,
) -> None:
    """Stamp out the default repository and run its whole lifecycle on real data.

    It ends with the seconds of each stage, the metrics, one live prediction and what to type next.
    """
    folder = destination or demo.fresh_folder(Path.cwd())
    new.refuse_occupied(folder)
    logs = Path(mkdtemp(prefix="mlstamp-demo-logs-"))
    with screens.DemoProgress(out) as progress:
        story = demo.run(folder.resolve(), progress, logs, loop=loop)
    out.print(screens.ending(story))
    out.print(f"\nReport: {story.report}", style="bold", markup=False, soft_wrap=True)
    out.print(screens.next_commands(story.root, story.command), soft_wrap=True)
    shutil.rmtree(logs, ignore_errors=True)
