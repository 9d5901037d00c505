"""A running service follows the registry."""

from typing import Annotated

import typer

from . import configure, deferred, sockets

sockets.options["rollout"] = "serving.rollout:RolloutSettings"
sockets.service = deferred("serving.rollout:make_service", "rollout")
sockets.takeover = "in a moment"


def trial(
    stop: Annotated[bool, typer.Option("--stop", help="End the trial instead.")] = False,
) -> None:
    """Let the running service try the challenger beside the champion."""
    from ..registry.store import Registry

    deferred("serving.rollout:try_out", "rollout")(configure(), Registry, stop)


sockets.commands.append(trial)
