"""The images of compose.yaml that others make: pulled, or made here of Debian's packages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import StepFailed
from ..findings import Finding, Level
from ..project import Project
from .base import NotVerified, Subject
from .container import build, cannot_pull, docker

FOLDER = Path(__file__).parent.parent / "images"
UNFETCHED = ("Unable to fetch", "Failed to fetch", "Unable to locate package")  # in apt's words


def made_here(
    subject: Subject, project: Project, compose: tuple[str, ...], names: Iterable[str]
) -> dict[str, str]:
    """Return the tags of images made here, by the names of the services whose own cannot be had.

    Raises NotVerified for one that can be neither pulled nor made, and StepFailed when a registry
    that answers has no such image.
    """
    absent = [name for name in names if not is_pulled(project, compose, name)]
    return {name: made(subject, name) for name in absent}


def is_pulled(project: Project, compose: tuple[str, ...], name: str) -> bool:
    """Pull the image of a service, and tell whether it is here now."""
    done = project.run(*compose, "pull", "--quiet", name)
    if done.code and not cannot_pull(done.tail()):
        raise StepFailed(f"the image of {name} is not to be had: {done.tail()}")
    return not done.code


def made(subject: Subject, name: str) -> str:
    """Make an image that behaves like somebody else's, on the base of the project's own."""
    tag, base = f"mlstamp-stack:{name}", build(subject, "tools")
    words = ("--build-arg", f"BASE={base}", "--target", name, "--tag", tag, str(FOLDER))
    try:
        docker(subject, "build", *words)
    except StepFailed as error:
        if any(word in str(error) for word in UNFETCHED):
            raise NotVerified(f"the image of {name}: it can be neither pulled nor made") from None
        raise
    return tag


def noted(names: Iterable[str]) -> tuple[Finding, ...]:
    """Say of each service that another image than the pinned one was tried."""
    said = "{} was made of Debian's package: the image that is pinned cannot be pulled here"
    return tuple(Finding("compose.yaml", said.format(name), Level.NOTE) for name in names)
