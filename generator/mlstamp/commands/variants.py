"""`mlstamp variants`: what `verify` tries."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from .. import screens, variants
from . import RefOption, SourceOption, StrengthOption, out, template, template_folder


def run(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a list of {name, answers}.")
    ] = False,
    strength: StrengthOption = 2,
    location: SourceOption = "",
    ref: RefOption = "",
) -> None:
    """List the sets of answers that `verify` tries."""
    with template_folder(template(location, ref)) as folder:
        found = variants.every(folder, strength)
    if as_json:
        typer.echo(json.dumps([variant.as_dict() for variant in found], indent=2))
    else:
        out.print(screens.variants(found))
