"""Bundles are signed, and a service asks for the signature."""

from typing import Annotated

import typer

from ..registry import CHALLENGER, guards
from . import configure, deferred, sockets

sockets.options["signing"] = "registry.signing:SigningSettings"
guards.append(deferred("registry.signing:check", "signing"))


def sign_model(
    alias: Annotated[str, typer.Argument(help="challenger or champion.")] = CHALLENGER,
) -> None:
    """Sign a model; a service that has the public key answers with signed models only."""
    from ..registry.store import Registry

    settings = configure()
    path = Registry(settings).bundle(alias).path
    deferred("registry.signing:sign", "signing")(settings, path)
    typer.echo(f"{path} is signed.")


sockets.commands.append(sign_model)
