"""Files are scored by a command of their own."""

from pathlib import Path

from . import configure, deferred, sockets

sockets.options["batch"] = "serving.batch:BatchSettings"


def batch(source: Path, target: Path) -> None:
    """Score every row of a Parquet file into another; run it again to go on after a stop."""
    deferred("serving.batch:batch", "batch")(configure(), source, target)


sockets.commands.append(batch)
