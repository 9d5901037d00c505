"""`mlstamp check`: are repositories still what they were stamped to be?"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from .. import checks, conformance, report, runner
from ..checks.base import Check, Subject
from ..errors import Refused, Unreachable
from ..runner import Outcome, Result
from ..source import releases
from ..stamp import Templates
from . import (
    ChecksOption,
    HtmlOption,
    JsonOption,
    JunitOption,
    SarifOption,
    err,
    finish,
    none_concern,
    out,
)


def run(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Projects of the template.")
    ],
    only: ChecksOption = "",
    json_file: JsonOption = None,
    html_file: HtmlOption = None,
    junit_file: JunitOption = None,
    sarif_file: SarifOption = None,
    source: Annotated[
        str, typer.Option(metavar="REPOSITORY", help="A clone of the template, if it moved.")
    ] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Call red what could not be verified.")
    ] = False,
) -> None:
    """Compare existing projects with the release of the template that they came from.

    The checks run in a copy: your files are only read. `--checks structure,conformance`
    installs nothing and takes seconds. Only what is red ends with 1; a warning does not.
    """
    words = only.replace(",", " ").split()
    wanted, named = checks.chosen(words), checks.named(words)
    if source:
        releases(source)  # refused here, and not for each project, where nobody answers
    started, results = time.monotonic(), list[Result]()
    names = _names(paths)
    board = report.Board(out, list(names), [check.id for check in wanted])
    listen = _strict(board.listen) if strict else board.listen
    with _templates() as templates, board.live():
        for name, path in names.items():
            try:
                with conformance.copy_of(path, templates, name, source) as subject:
                    _refuse_unknown_release(subject, wanted)
                    if any(check.concerns(subject) for check in named):
                        results += runner.run_checks(subject, wanted, listen)
            except Exception as error:  # what one project breaks loses nothing of the others
                results.append(report.refusal(name, _sentence(path, error)))
    results = [_strictly(result) for result in results] if strict else results
    if not results:
        raise none_concern(only, names)
    _tell(results)
    files = {"junit_file": junit_file, "sarif_file": sarif_file}
    finish(results, time.monotonic() - started, json_file, html_file, **files)


def _tell(results: list[Result]) -> None:
    """Say of what was refused why, and of many projects what became of each."""
    for result in results:
        if result.check == report.REFUSED:
            err.print(result.detail, style="red", markup=False, soft_wrap=True)
    if len({result.variant for result in results}) > 1:
        out.print(report.repositories(results))


def _sentence(path: Path, error: Exception) -> str:
    if isinstance(error, Refused):
        return str(error)
    return f"{path} could not be checked ({type(error).__name__}: {error})."


def _strict(listen: runner.Listen) -> runner.Listen:
    return lambda result: listen(_strictly(result))


def _strictly(result: Result) -> Result:
    """Return a result as one who takes nothing on trust sees it."""
    if result.outcome is not Outcome.NOT_VERIFIED:
        return result
    return replace(result, outcome=Outcome.RED, detail=f"{result.outcome}: {result.detail}")


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
