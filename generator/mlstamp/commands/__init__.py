"""One module a verb of the command line; what several of them need is here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from .. import capacity, junit, report, runner, sarif, source
from ..errors import Refused
from ..layers import Layer
from ..layers import read as read_answers
from ..presets import load as load_preset
from ..render import users_defaults

EXIT_CODES = (
    "Exit codes: 0 all went well; 1 a check is red or a stage failed; "
    "2 the request was refused, and nothing was written; 130 interrupted."
)
OURS = ".mlstamp-kept"  # marks a folder of --keep


def _console(*, stderr: bool = False) -> Console:
    """Return a console; what is no terminal gets whole lines, and no path is cut short."""
    console = Console(stderr=stderr, highlight=False)
    if not (console.is_terminal or os.environ.get("COLUMNS")):
        console.width = 1_000
    return console


out, err = _console(), _console(stderr=True)

DataOption = Annotated[
    list[str] | None,
    typer.Option("--data", "-d", metavar="NAME=VALUE", help="An answer; may be repeated."),
]
AnswersOption = Annotated[
    Path | None, typer.Option("--answers", metavar="FILE", help="A YAML file of answers.")
]
PresetOption = Annotated[
    str,
    typer.Option("--preset", metavar="NAME", help="Answers that new --save-preset kept."),
]
SourceOption = Annotated[
    str, typer.Option("--source", help="Another template: a folder or a git URL.")
]
RefOption = Annotated[
    str, typer.Option("--ref", help="The release of --source; the latest if left out.")
]
ChecksOption = Annotated[
    str, typer.Option("--checks", help="Only these ids or families; !update takes one away.")
]


def _writable(path: Path | None) -> Path | None:
    """Refuse a file that cannot be written, before hours of work end in it."""
    if path is None:
        return None
    if path.is_dir():
        raise Refused(f"{path} is a folder: name a file to write to.")
    place = path if path.exists() else next(it for it in path.absolute().parents if it.exists())
    if place != path and not place.is_dir():
        raise Refused(f"{place} is no folder, so {path} cannot be written: name another file.")
    if not os.access(place, os.W_OK):
        raise Refused(f"{path} cannot be written ({place} is read-only): name another file.")
    return path


JsonOption = Annotated[
    Path | None,
    typer.Option("--json", callback=_writable, help="Write the results here as JSON."),
]
StrengthOption = Annotated[
    int, typer.Option(min=2, max=3, help="Combine every 2 answers, or every 3 (slow to list).")
]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", callback=_writable, help="Write the results as a page.")
]
JunitOption = Annotated[
    Path | None, typer.Option("--junit", callback=_writable, help="Write them as JUnit's XML.")
]
SarifOption = Annotated[
    Path | None,
    typer.Option("--sarif", callback=_writable, help="Write the findings as SARIF 2.1.0."),
]


def finish(
    results: list[runner.Result],
    seconds: float,
    json_file: Path | None,
    html_file: Path | None,
    *,
    junit_file: Path | None = None,
    sarif_file: Path | None = None,
) -> None:
    """Show and write the results; exit with 1 when anything is red, else with 2 when refused."""
    megabytes = capacity.peak_megabytes()
    ran = [result for result in results if result.check != report.REFUSED]
    if ran or not results:
        report.print_summary(out, results, details=out.is_terminal)
    if json_file:
        report.write_json(json_file, results, seconds, megabytes)
    if html_file:
        report.write_html(html_file, results, seconds, megabytes)
    if junit_file:
        junit.write(junit_file, results)
    if sarif_file:
        sarif.write(sarif_file, results)
    if report.any_red(results):
        raise typer.Exit(1 if report.any_red(ran) else 2)


def none_concern(only: str, names: Iterable[str]) -> Refused:
    """Return the refusal of checks that have nothing to say of what was given: it is not green."""
    return Refused(
        f"Nothing was checked: --checks {only} does not concern {', '.join(names)}; "
        "name other checks, or one that has what they are about."
    )


def say(sentence: str) -> None:
    """Print one sentence as it is."""
    out.print(sentence, markup=False, soft_wrap=True)


def elsewhere(answers: Path | None, preset: str) -> list[Layer]:
    """Return the answers of a file and of a preset, in the order in which they win."""
    found = [read_answers(answers)] if answers else []
    return found + ([load_preset(preset)] if preset else [])


def organisation() -> Layer:
    """Return the defaults in the settings file that Copier reads as well."""
    defaults, path = users_defaults()
    return Layer(defaults, str(path))


def template(location: str, ref: str) -> source.Source | None:
    """Return the template that a person named, or nothing: then it is the tool's own."""
    if ref and not location:
        raise Refused("--ref belongs to --source: name the template as well.")
    return source.given_source(location, ref or None) if location else None


@contextmanager
def template_folder(named: source.Source | None = None) -> Iterator[Path]:
    """Yield the template as a plain folder: the named one, or as it lies in the checkout now."""
    root = source.checkout()
    if root is not None and named is None:
        with source.snapshot(root) as folder:
            yield folder
        return
    with (
        source.chosen(named) as origin,
        source.readable(origin) as folder,
        source.snapshot(folder) as plain,
    ):
        yield plain


@contextmanager
def workplace(keep: Path | None) -> Iterator[Path]:
    """Yield the folder to work in: the one to keep, or one that is gone afterwards."""
    if keep is not None:
        yield _own(keep)
        return
    with TemporaryDirectory(prefix="mlstamp-verify-", ignore_cleanup_errors=True) as temporary:
        yield Path(os.path.realpath(temporary))


def _own(folder: Path) -> Path:
    """Return a folder whose content may be replaced: a new or empty one, or one of a run before."""
    if folder.exists() and not folder.is_dir():
        raise Refused(f"{folder} is a file: name a new folder.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / OURS).is_file():
        raise Refused(
            f"{folder} holds what mlstamp did not put there, and what has the name of a variant "
            "would be replaced: name a new folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / OURS).touch()
    return folder.resolve()


def problems_folder() -> Path | None:
    """Return the folder of whole other problems to swap in, if this is a checkout."""
    root = source.checkout()
    return root / "tests" / "problems" if root else None
