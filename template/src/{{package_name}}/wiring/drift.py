"""What is asked and answered is compared with training, by the metrics of evaluation."""

from typing import TYPE_CHECKING

import typer

from . import configure, deferred, option, sockets

if TYPE_CHECKING:
    from ..config import Settings
    from ..monitoring.drift.findings import Findings
    from ..monitoring.drift.standard import Yardstick

sockets.options["drift"] = "monitoring.drift:DriftSettings"


def drift() -> None:
    """Look for drift, skew and loss of quality in the latest predictions."""
    typer.echo(look(configure()).text(), nl=False)


def look(settings: "Settings") -> "Findings":
    """Do the job once, and return what was found."""
    log_url = option(settings, "monitoring").log_url
    found: Findings = deferred("monitoring.drift:run", "drift")(settings, log_url, yardstick())
    return found


def yardstick() -> "Yardstick":
    """Return how evaluation measures."""
    from ..evaluation.compare import resample
    from ..evaluation.metrics import scale
    from ..monitoring.drift.standard import Yardstick

    return Yardstick(scale, resample)


sockets.commands.append(drift)
