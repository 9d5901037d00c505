"""The releases of a project's template, and which of them it has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import Refused
from ..places import url_of
from ..source import git, is_release, reached

_LINE = "%(refname:short)%09%(creatordate:short)%09%(contents:subject)"


@dataclass(frozen=True)
class Release:
    """One release, and the first line of what was said of it."""

    name: str
    day: str
    about: str


def releases(place: str) -> list[Release]:
    """Return the releases of a template, the newest first."""
    with TemporaryDirectory(prefix="mlstamp-releases-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary, "template.git")
        reached(place, "clone", "--quiet", "--bare", "--", url_of(place), str(folder))
        words = ("refs/tags", f"--format={_LINE}", "--sort=-version:refname")
        listed = git("for-each-ref", *words, cwd=folder).splitlines()
    found = [Release(*line.split("\t", 2)) for line in listed]
    released = [release for release in found if is_release(release.name)]
    if not released:
        raise Refused(f"The template at {place} has no release yet: its versions are tags.")
    return released
