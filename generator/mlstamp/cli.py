"""The command line: it reads words, calls what does the work, and chooses the exit code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Annotated

import typer
from rich.console import Console

from . import (
    checks,
    conformance,
    demo,
    new,
    report,
    runner,
    screens,
    source,
    steps,
    upgrade,
    variants,
)
from .answers import parse_pairs
from .errors import Refused, StepFailed

EXIT_CODES = (
    "Exit codes: 0 all went well; 1 a check is red or a stage failed; "
    "2 the request was refused, and nothing was written; 130 interrupted."
)
app = typer.Typer(
    help="Stamp out an ML repository that already runs in production shape.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
out, err = Console(highlight=False), Console(stderr=True, highlight=False)

DataOption = Annotated[
    list[str] | None, typer.Option("--data", "-d", metavar="NAME=VALUE", help="An answer.")
]
ChecksOption = Annotated[
    str, typer.Option("--checks", help="Only these ids or families, e.g. structure,quality.check.")
]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Write the results here as JSON.")]
StrengthOption = Annotated[
    int, typer.Option(min=2, max=3, help="Try any 2 answers together, or any 3 (slow to list).")
]
HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write the results as a page.")]


def main() -> None:
    """Run the command line; every failure a person can mend is one sentence."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both ways to stop clean up
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        app()
    except SystemExit as end:
        if end.code == 130:  # typer ends so, and says nothing
            _leave("Interrupted.", 130)
        raise
    except Refused as error:
        _leave(str(error), 2)
    except StepFailed as error:
        _leave(str(error), 1)
    except KeyboardInterrupt:
        _leave("Interrupted.", 130)


def _leave(sentence: str, code: int) -> None:
    err.print(sentence, style="red", markup=False, soft_wrap=True)
    sys.exit(code)


@app.command("new", epilog=EXIT_CODES)
def new_command(
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


@app.command("demo", epilog=EXIT_CODES)
def demo_command(
    destination: Annotated[
        Path | None,
        typer.Argument(metavar="[DEST]", help="A new folder; ./mlstamp-demo if left out."),
    ] = None,
    loop: Annotated[
        bool, typer.Option("--loop", help="Go on: drift, an alert, a better model. Minutes.")
    ] = False,
) -> None:
    """Stamp out the default repository and run its whole lifecycle on real data.

    It ends in a table of seconds, the metrics, one live prediction and what to type next.
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


@app.command("variants", epilog=EXIT_CODES)
def variants_command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a list of {name, answers}.")
    ] = False,
    strength: StrengthOption = 2,
) -> None:
    """List the sets of answers that `verify` tries."""
    with _template() as template:
        found = variants.every(template, strength)
    if as_json:
        typer.echo(json.dumps([variant.as_dict() for variant in found], indent=2))
    else:
        out.print(screens.variants(found))


@app.command("verify", epilog=EXIT_CODES)
def verify_command(
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
    with _template() as template, _workplace(keep) as work:
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
    _finish(results, time.monotonic() - started, json_file, html_file)


@app.command("update", epilog=EXIT_CODES)
def update_command(
    project: Annotated[Path, typer.Argument(metavar="[PATH]", help="A project.")] = Path(),
    to: Annotated[str, typer.Option(metavar="VERSION", help="Not the newest release.")] = "",
    data: DataOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on though edits of yours are lost.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was not committed.")] = False,
) -> None:
    """Bring a project to a release of its template, or change its answers, and lose nothing.

    The update is tried on a copy first, and what it does to each file is shown. Until it is
    committed it can be taken back. It exits with 1 when something is left to resolve.
    """
    root, answers = project.resolve(), parse_pairs(data or [])
    if undo:
        upgrade.undo(root)
        out.print("The project is what it was before the update.")
        return
    with out.status("Trying the update on a copy"):
        outcome = upgrade.plan(root, to or None, answers)
    if not dry_run:
        outcome = upgrade.apply(root, outcome, accept_loss=accept_loss)
    out.print(screens.planned(outcome))
    if outcome.open:
        raise typer.Exit(1)


@app.command("check", epilog=EXIT_CODES)
def check_command(
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
    _finish(results, time.monotonic() - started, json_file, html_file)


def _finish(
    results: list[runner.Result], seconds: float, json_file: Path | None, html_file: Path | None
) -> None:
    report.print_summary(out, results, details=out.is_terminal)
    if json_file:
        report.write_json(json_file, results, seconds)
    if html_file:
        report.write_html(html_file, results, seconds)
    if report.any_red(results):
        raise typer.Exit(1)


@contextmanager
def _template() -> Iterator[Path]:
    """Yield the template as a plain folder, as it lies in the checkout now."""
    root = source.checkout()
    if root is not None:
        with source.snapshot(root) as folder:
            yield folder
        return
    with (
        source.own_source() as origin,
        source.readable(origin) as folder,
        source.snapshot(folder) as plain,
    ):
        yield plain


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
