"""The service is counted, and its predictions are remembered."""

from pathlib import Path
from typing import Annotated

import typer

from . import configure, deferred, sockets

sockets.options["monitoring"] = "monitoring:MonitoringSettings"
sockets.observers.append(deferred("monitoring:watch", "monitoring"))
sockets.around = deferred("monitoring:counted_together")


def explain(
    prediction_id: Annotated[str, typer.Argument(help="The id that came with the answer.")],
) -> None:
    """Replay a logged prediction exactly, and show how much each input changed the score."""
    deferred("monitoring:replay", "monitoring")(configure(), prediction_id)


def label(file: Annotated[Path, typer.Argument(help="A Parquet or CSV file.")]) -> None:
    """Record true labels: from a Parquet or CSV file of prediction_id, label and observed_at."""
    found = deferred("monitoring.labels.file:take", "monitoring")(configure(), file)
    typer.echo(found)


def migrate() -> None:
    """Bring the log of predictions up to date; a service does it by itself when it starts."""
    typer.echo(deferred("monitoring.database.jobs:migrate", "monitoring")(configure()))


def prune() -> None:
    """Delete predictions older than options.monitoring.keep_days, with their labels."""
    typer.echo(deferred("monitoring.database.jobs:prune", "monitoring")(configure()))


def forget(prediction_ids: list[str]) -> None:
    """Erase these predictions and their labels, so that nothing of them is left in the log."""
    typer.echo(
        deferred("monitoring.database.jobs:forget", "monitoring")(configure(), prediction_ids)
    )


sockets.commands += [explain, label, migrate, prune, forget]
