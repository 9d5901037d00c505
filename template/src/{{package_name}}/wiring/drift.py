"""What is asked and answered is held against training, by the metrics of evaluation."""

from typing import TYPE_CHECKING

import typer

from . import configure, deferred, option, sockets

if TYPE_CHECKING:
    from ..config import Settings
    from ..monitoring.drift.findings import Findings

sockets.options["drift"] = "monitoring.drift:DriftSettings"


def drift() -> None:
    """Look for drift, skew and loss of quality in the latest predictions."""
    typer.echo(look(configure()).text(), nl=False)


def look(settings: "Settings") -> "Findings":
    """Do the job once, and return what was found."""
    from ..evaluation.compare import resample
    from ..evaluation.metrics import scale
    from ..monitoring.drift.standard import Yardstick

    log_url = option(settings, "monitoring").log_url
    work = deferred("monitoring.drift:run", "drift")
    found: Findings = work(settings, log_url, Yardstick(scale, resample))
    return found


sockets.commands.append(drift)
