"""The images of compose.yaml that others make: pulled, or made here of Debian's packages."""

from __future__ import annotations

from pathlib import Path

from ..errors import StepFailed
from ..project import Project
from .base import NotVerified, Subject
from .container import build, docker

FOLDER = Path(__file__).parent.parent / "images"


def theirs(
    subject: Subject, project: Project, compose: tuple[str, ...], *names: str
) -> dict[str, str]:
    """Return the variables of compose.yaml that name an image made here, where none can be pulled.

    Raises NotVerified when an image can neither be pulled nor made.
    """
    absent = [name for name in names if project.run(*compose, "pull", "--quiet", name).code]
    return {f"{name.upper()}_IMAGE": made(subject, name) for name in absent}


def made(subject: Subject, name: str) -> str:
    """Make an image that behaves like somebody else's, on the base of the project's own."""
    tag, base = f"mlstamp-stack:{name}", build(subject, "tools")
    words = ("--build-arg", f"BASE={base}", "--target", name, "--tag", tag, str(FOLDER))
    try:
        docker(subject, "build", *words)
    except StepFailed:
        raise NotVerified(f"the image of {name}: it can be neither pulled nor made") from None
    return tag
