"""`mlstamp verify`: variants of the template are built and checked."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from .. import checks, report, runner, source, variants
from . import ChecksOption, HtmlOption, JsonOption, StrengthOption, finish, out, template_folder


def run(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", help="Variants; pairs-* are many, !pairs-* takes away."
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every variant.")] = False,
    only: ChecksOption = "",
    json_file: JsonOption = None,
    html_file: HtmlOption = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the repositories and logs here.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Variants at a time.")] = 1,
    strength: StrengthOption = 2,
) -> None:
    """Build variants of the template and check them: the default one, unless others are named.

    A check whose tool is absent is "not verified here", never green.
    """
    wanted = checks.chosen(only.replace(",", " ").split())
    with template_folder() as template, _workplace(keep) as work:
        wished = ["*", *(names or [])] if every else names or ["default"]
        found = variants.distinct(template, variants.chosen(template, wished, strength))
        board = report.Board(out, [v.name for v in found], [check.id for check in wanted])
        started = time.monotonic()
        with board.live():
            results = runner.verify(
                found,
                wanted,
                board.listen,
                template=template,
                work=work,
                problems=_problems(),
                jobs=jobs,
            )
    finish(results, time.monotonic() - started, json_file, html_file)


@contextmanager
def _workplace(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with TemporaryDirectory(prefix="mlstamp-verify-", ignore_cleanup_errors=True) as temporary:
        yield Path(os.path.realpath(temporary))


def _problems() -> Path | None:
    root = source.checkout()
    return root / "tests" / "problems" if root else None
