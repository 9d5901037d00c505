"""The service is counted, and its predictions are remembered."""

from pathlib import Path

import typer

from . import configure, deferred, sockets

sockets.options["monitoring"] = "monitoring:MonitoringSettings"
sockets.observers.append(deferred("monitoring:watch", "monitoring"))
sockets.around = deferred("monitoring:counted_together")


def explain(prediction_id: str) -> None:
    """Replay a logged prediction exactly and show what it rested on."""
    deferred("monitoring:replay", "monitoring")(configure(), prediction_id)


def label(file: Path) -> None:
    """Take in what came true: a Parquet or CSV file of prediction_id, label and observed_at."""
    found = deferred("monitoring.labels.file:take", "monitoring")(configure(), file)
    typer.echo(found)


def migrate() -> None:
    """Bring the log of predictions up to date; a service does it by itself when it starts."""
    typer.echo(deferred("monitoring.database.jobs:migrate", "monitoring")(configure()))


def prune() -> None:
    """Take predictions away that are older than options.monitoring.keep_days, with their labels."""
    typer.echo(deferred("monitoring.database.jobs:prune", "monitoring")(configure()))


def forget(prediction_ids: list[str]) -> None:
    """Erase predictions and their labels, so that nothing of them is left in the log."""
    typer.echo(
        deferred("monitoring.database.jobs:forget", "monitoring")(configure(), prediction_ids)
    )


sockets.commands += [explain, label, migrate, prune, forget]
