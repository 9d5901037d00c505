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
    """Put your name to a model: with a public key in the settings, a service asks for it."""
    from ..registry.store import Registry

    settings = configure()
    path = Registry(settings).bundle(alias).path
    deferred("registry.signing:sign", "signing")(settings, path)
    typer.echo(f"{path} is signed.")


sockets.commands.append(sign_model)
