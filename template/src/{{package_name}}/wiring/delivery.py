"""The service is released as an image and deployed behind a canary."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import StageError
from . import configure, option, sockets

if TYPE_CHECKING:
    from ..delivery import Target

sockets.options["delivery"] = "delivery:DeliverySettings"
ReleaseFile = Annotated[Path, typer.Argument(help="The release.json of a release.")]
Environment = Annotated[str, typer.Argument(help="local, or an environment of the project.")]


def release(
    repository: Annotated[str, typer.Argument(help="Such as ghcr.io/owner/name.")],
) -> None:
    """Build the image of this commit and the champion, push it, and write dist/release.json."""
    from ..delivery.release import FILE, FOLDER, build

    made = build(configure(), repository)
    typer.echo(f"{made.image} holds version {made.model_version}: see {FOLDER / FILE}.")


def sign(file: ReleaseFile) -> None:
    """Sign the image and the bill of materials of a release as this CI workflow (cosign)."""
    from ..delivery.release import SBOM, read_release
    from ..delivery.verify import sign as put_name

    put_name(read_release(file), str(file.parent / SBOM))


def verify(environment: Environment, file: ReleaseFile) -> None:
    """Check that the image of a release is signed, and has the commit and model it names."""
    from ..delivery.release import read_release
    from ..delivery.verify import verify as check

    check(read_release(file), option(configure(), "delivery"), environment)
    typer.echo("The image is what its release says.")


def deploy(
    environment: Environment,
    file: ReleaseFile,
    at_once: Annotated[bool, typer.Option("--at-once", help="Without a canary.")] = False,
) -> None:
    """Deploy a release: a canary first, and everything once that has passed its probes."""
    from ..delivery import deploy, revert
    from ..delivery.release import read_release
    from ..delivery.verify import verify

    settings = configure()
    options = option(settings, "delivery")
    chosen = read_release(file)
    verify(chosen, options, environment)
    place = _target(settings.name, environment)
    url = (revert if at_once else deploy)(place, chosen, options)
    typer.echo(f"{chosen.image} answers at {url}.")


def _target(project: str, environment: str) -> "Target":
    from ..delivery import LOCAL

    if environment == LOCAL:
        from ..delivery.docker import DockerTarget

        return DockerTarget(project)
    if sockets.target is None:
        raise StageError(
            f"There is no environment {environment} here, only {LOCAL}: "
            "choose a cloud or Kubernetes with `copier update`."
        )
    target: Target = sockets.target(project, environment)
    return target


sockets.commands += [release, sign, verify, deploy]
