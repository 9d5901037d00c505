"""How a template's location is written: for git, for Copier, for people, and in a project."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from .errors import Refused, without_password

_SHORT = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
# Where a project says that its template lies; YAML folds a long one at its spaces.
RECORDED = re.compile(r"(?m)^_src_path:.*(?:\n[ ]+.*)*$")


def url_of(location: str) -> str:
    """Return what git itself calls a place that Copier has a short name for."""
    refuse_option(plain := lengthened(location).removeprefix("git+"))
    return str(Path(plain).expanduser()) if plain.startswith("~") else plain


def lengthened(location: str) -> str:
    """Return a location with the whole address in the place of Copier's short name for it."""
    for short, url in _SHORT.items():
        if location.startswith(short):
            return url + location.removeprefix(short).strip("/")
    return location


def as_git(url: str) -> str:
    """Say that a URL is a git repository, where Copier could not tell from how it looks."""
    plain = url.endswith(".git") or url.startswith("git") or "://" not in url
    return url if plain else f"git+{url}"


def bare(location: str) -> str:
    """Return host and path of a URL, which its spellings for https, ssh and scp share."""
    url = url_of(location).rstrip("/").removesuffix(".git")
    return re.sub(r"^([a-z]+://)?([^@/]+@)?", "", url).replace(":", "/", 1).lower()


def refuse_option(word: str) -> None:
    """Refuse a location or a release that git would take for one of its options."""
    if word.startswith("-"):
        raise Refused(f"{word} is no place or release of a template: neither begins with a -.")


def record(answers: Path, location: str) -> None:
    """Write in a project's answers file where its template lies."""
    text = answers.read_text(encoding="utf-8")
    line = yaml.safe_dump({"_src_path": location}, width=10**6, allow_unicode=True).rstrip()
    answers.write_bytes(RECORDED.sub(lambda _: line, text, count=1).encode())


def forget_password(answers: Path) -> None:
    """Take the password out of what an answers file says of the template's place, if one is there.

    Copier records the location as it was given, and the project's first commit would publish it.
    """
    text = answers.read_bytes().decode() if answers.is_file() else ""
    safe = RECORDED.sub(lambda found: without_password(found[0]), text, count=1)
    if safe != text:
        answers.write_bytes(safe.encode())
