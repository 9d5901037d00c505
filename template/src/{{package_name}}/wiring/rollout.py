"""A running service follows the registry."""

from . import configure, deferred, sockets

sockets.options["rollout"] = "serving.rollout:RolloutSettings"
sockets.service = deferred("serving.rollout:make_service", "rollout")
sockets.takeover = "in a moment"


def trial(stop: bool = False) -> None:
    """Let the service try the challenger beside the champion, or stop that."""
    from ..registry.store import Registry

    deferred("serving.rollout:try_out", "rollout")(configure(), Registry, stop)


sockets.commands.append(trial)
