"""Where a project's updates come from: a place that others reach too, wherever there is one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from .errors import Refused, without_password
from .places import as_git, record
from .render import ANSWERS_FILE
from .source import Source, git, is_release

_FAR = re.compile(r"(?!file:)[a-z+]+://|[^/\\]+@[^/\\]+:")


def follow(template: Source, project: Path, say: Callable[[str], None]) -> None:
    """Record the origin of a release that lies in a clone, and say what updates will need.

    Copier records where it rendered from, and a clone is there on one machine only.
    """
    if template.ref is None:
        say(
            "`copier update` cannot follow this copy, because its template is a folder without "
            "a commit: commit the template, or use --source with a git URL."
        )
    elif Path(template.location).is_dir():
        if url := published(Path(template.location), template.ref):
            record(project / ANSWERS_FILE, url)
            say(f"Updates come from {url}.")
        else:
            say(
                f"Updates come from {template.location}, which is on this machine only: "
                "for a project of several people use --source with a git URL."
            )


def published(clone: Path, ref: str) -> str | None:
    """Return the URL that a clone came from, if it is one and has this release.

    Only what git remembers of its last fetch is looked at: no network is needed.
    """
    try:
        url = git("remote", "get-url", "origin", cwd=clone)
        there = git("branch", "--remotes", "--contains", ref, cwd=clone)
    except Refused:
        return None
    if not (_FAR.match(url) and there and is_release(ref)):
        return None
    return as_git(without_password(url))
