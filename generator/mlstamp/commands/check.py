"""`mlstamp check`: are repositories still what they were stamped to be?"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from .. import checks, conformance, report, runner
from ..checks.base import Check, Subject
from ..errors import Refused, Unreachable
from ..stamp import Templates
from . import ChecksOption, HtmlOption, JsonOption, finish, out


def run(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Repositories that were stamped out.")
    ],
    only: ChecksOption = "",
    json_file: JsonOption = None,
    html_file: HtmlOption = None,
    sarif_file: Annotated[
        Path | None, typer.Option("--sarif", help="Write the findings here as SARIF 2.1.0.")
    ] = None,
    source: Annotated[
        str, typer.Option(metavar="REPOSITORY", help="A clone of the template, if it moved.")
    ] = "",
) -> None:
    """Check that existing repositories still are what they were stamped to be.

    The checks run in a copy: your files are only read. `--checks structure,conformance`
    installs nothing and takes seconds. Only what is red ends with 1; a warning does not.
    """
    wanted = checks.chosen(only.replace(",", " ").split())
    started, results, refused = time.monotonic(), list[runner.Result](), list[str]()
    names = _names(paths)
    board = report.Board(out, list(names), [check.id for check in wanted])
    with _templates() as templates, board.live():
        for name, path in names.items():
            try:
                with conformance.copy_of(path, templates, name, source) as subject:
                    _refuse_unknown_release(subject, wanted)
                    results += runner.run_checks(subject, wanted, board.listen)
            except Refused as error:
                refused.append(str(error))
    if len(names) > 1:
        out.print(report.repositories(results))
    if results:
        seconds = time.monotonic() - started
        finish(results, seconds, json_file, html_file, sarif_file=sarif_file)
    if refused:
        raise Refused(" ".join(refused))


def _names(paths: list[Path]) -> dict[str, Path]:
    """Return each repository by its path from the folder that all of them are in."""
    folders = [path.resolve() for path in paths]
    try:
        above = os.path.commonpath([folder.parent for folder in folders])
    except ValueError:  # on several drives
        return {folder.as_posix(): folder for folder in folders}
    return {folder.relative_to(above).as_posix(): folder for folder in folders}


@contextmanager
def _templates() -> Iterator[Templates]:
    with TemporaryDirectory(prefix="mlstamp-templates-", ignore_cleanup_errors=True) as work:
        yield Templates(Path(work).resolve())


def _refuse_unknown_release(subject: Subject, wanted: list[Check]) -> None:
    """Refuse a project of a release that is gone; one that cannot be asked for is no fault."""
    asked = any(check.id.startswith("conformance.") for check in wanted)
    if subject.stamp is None or not asked:
        return
    with suppress(Unreachable):
        _ = subject.stamp.template
