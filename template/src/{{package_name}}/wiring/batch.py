"""Files are scored by a command of their own."""

from pathlib import Path
from typing import Annotated

import typer

from . import configure, deferred, sockets

sockets.options["batch"] = "serving.batch:BatchSettings"


def batch(
    source: Annotated[Path, typer.Argument(help="The Parquet file to score.")],
    target: Annotated[Path, typer.Argument(help="The Parquet file to write.")],
) -> None:
    """Score every row of a Parquet file into another; after a stop, the same command goes on."""
    deferred("serving.batch:batch", "batch")(configure(), source, target)


sockets.commands.append(batch)
