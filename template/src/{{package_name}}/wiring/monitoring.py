"""The service is counted, and its predictions are remembered."""

from . import configure, deferred, sockets

sockets.options["monitoring"] = "monitoring:MonitoringSettings"
sockets.observers.append(deferred("monitoring:watch", "monitoring"))
sockets.around = deferred("monitoring:counted_together")


def explain(prediction_id: str) -> None:
    """Replay a logged prediction exactly and show what it rested on."""
    deferred("monitoring:replay", "monitoring")(configure(), prediction_id)


sockets.commands.append(explain)
