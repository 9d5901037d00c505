"""`mlstamp verify`: variants of the template are built and checked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from .. import capacity, checks, report, runner, seen, shards, store, variants
from .. import changed as reference
from ..answers import Questionnaire
from ..variants import Variant
from . import (
    ChecksOption,
    HtmlOption,
    JsonOption,
    JunitOption,
    StrengthOption,
    err,
    finish,
    none_concern,
    out,
    problems_folder,
    say,
    template_folder,
    workplace,
)

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Variants, or patterns of them; ! leaves out."),
]
Every = Annotated[bool, typer.Option("--all", help="Every variant.")]
Keep = Annotated[Path | None, typer.Option(help="Keep the repositories and logs here.")]
Jobs = Annotated[str, typer.Option(help="Variants at a time; auto is what cores and memory allow.")]
Shard = Annotated[str, typer.Option(metavar="N/M", help="One of M parts, for M machines.")]
Changed = Annotated[bool, typer.Option("--changed", help="Only what this branch can affect.")]
Since = Annotated[str, typer.Option(metavar="REF", help="Only what differs since this commit.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Also run what is known to be green.")]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", envvar=store.VARIABLE, metavar="DIR", help="Where results are kept."),
]


def run(
    names: Names = None,
    every: Every = False,
    only: ChecksOption = "",
    json_file: JsonOption = None,
    html_file: HtmlOption = None,
    junit_file: JunitOption = None,
    keep: Keep = None,
    jobs: Jobs = "auto",
    strength: StrengthOption = 2,
    shard: Shard = "",
    changed: Changed = False,
    since: Since = "",
    fresh: Fresh = False,
    cache: Cache = None,
) -> None:
    """Build variants of the template and check them: the default one, unless others are named.

    A check whose tool is absent is "not verified here", never green. What was green and cannot
    have changed is "seen before". After Ctrl-C the same command resumes.
    """
    wanted = checks.chosen(_words(only))
    workers, part = capacity.jobs(jobs), shards.parse(shard or "1/1")
    commit = reference.asked_for(since, branch=changed)
    wished = ["*", *(names or [])] if every else names or ["default"]
    with template_folder() as template, workplace(keep) as work:
        every_one = variants.distinct(template, variants.chosen(template, wished, strength))
        found = shards.part(_concerned(every_one, only, template, work), *part, shards.recorded())
        known = store.Store((cache or store.home()) / "verify", fresh=fresh)
        board = report.Board(out, [v.name for v in found], [check.id for check in wanted])
        with seen.past(template, wanted, known, commit) as past:
            started = time.monotonic()
            with _told_how_to_go_on(board), board.live():
                results = runner.verify(
                    found,
                    wanted,
                    board.listen,
                    template=template,
                    work=work,
                    problems=problems_folder(),
                    jobs=min(workers, len(found) or 1),
                    past=past,
                )
    _tell(known)
    finish(results, time.monotonic() - started, json_file, html_file, junit_file=junit_file)


def _words(only: str) -> list[str]:
    return only.replace(",", " ").split()


def _concerned(found: list[Variant], only: str, template: Path, work: Path) -> list[Variant]:
    """Return the variants; refuse checks that concern none of them, before one is rendered."""
    questionnaire, nowhere = Questionnaire.read(template), work / "nowhere"
    for variant in found:
        answers = variants.answers_of(questionnaire, variant)
        subject = runner.place(replace(variant, answers=answers), template, nowhere)
        if any(check.concerns(subject) for check in checks.named(_words(only))):
            return found
    raise none_concern(only, [variant.name for variant in found])


def _tell(known: store.Store) -> None:
    """Say what was wrong with the cache, and how much memory the run took."""
    for sentence in known.complaints():
        err.print(sentence, style="yellow", markup=False, soft_wrap=True)
    if said := report.memory(capacity.peak_megabytes()):
        say(said)


@contextmanager
def _told_how_to_go_on(board: report.Board) -> Iterator[None]:
    """On Ctrl-C say what is done, and that nothing of it is lost."""
    try:
        yield
    except KeyboardInterrupt:
        report.print_summary(out, board.ended(), details=False)
        out.print("What is green is kept: the same command goes on from there.")
        raise
