"""`mlstamp adopt`: a repository that was made otherwise comes under the template."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import adopt, screens, source
from ..answers import parse_pairs
from ..layers import Layer
from . import (
    AnswersOption,
    DataOption,
    PresetOption,
    RefOption,
    SourceOption,
    elsewhere,
    organisation,
    out,
    say,
    template,
)


def run(
    repository: Annotated[Path, typer.Argument(metavar="PATH", help="A repository in git.")],
    data: DataOption = None,
    answers: AnswersOption = None,
    preset: PresetOption = "",
    location: SourceOption = "",
    ref: RefOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
) -> None:
    """Bring an existing repository under the template, on a branch, and overwrite nothing.

    Answers that are not given are read from the repository. New files are one commit, merged files
    another; everything else stays as it is, and is listed.
    """
    root = repository.resolve()
    layers = [Layer(parse_pairs(data or [])), *elsewhere(answers, preset)]
    with source.chosen(template(location, ref)) as origin:
        outcome = adopt.adopt(
            root, origin, layers, say=say, organisation=organisation(), dry_run=dry_run
        )
    out.print(screens.adopted(outcome))
