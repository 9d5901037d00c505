"""`mlstamp check`: is a repository still what it was stamped to be?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from .. import checks, conformance, report, runner
from . import ChecksOption, HtmlOption, JsonOption, finish, out


def run(
    path: Annotated[Path, typer.Argument(help="A repository that was stamped out.")],
    only: ChecksOption = "",
    json_file: JsonOption = None,
    html_file: HtmlOption = None,
) -> None:
    """Check that an existing repository still is what it was stamped to be.

    The checks run in a copy: your files are only read.
    """
    wanted = checks.chosen(only.replace(",", " ").split())
    started = time.monotonic()
    with conformance.copy_of(path.resolve()) as subject:
        board = report.Board(out, [subject.variant], [check.id for check in wanted])
        with board.live():
            results = runner.run_checks(subject, wanted, board.listen)
    finish(results, time.monotonic() - started, json_file, html_file)
