"""The release that a project was stamped from, and what it makes of the project's answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pathspec import GitIgnoreSpec

from .answers import read_config
from .errors import Refused, Unreachable
from .render import ANSWERS_FILE, render
from .source import Source, checkout, fetched, git, holds, releases, same_place

ANCHOR = re.compile(r"^ *# Your own .*$", re.MULTILINE)  # below it, a file is its owner's


class Templates:
    """Releases of templates as plain folders, each fetched once for however many projects."""

    def __init__(self, work: Path) -> None:
        """Keep them in this folder."""
        self._work = work
        self._known: dict[Source | str, Any] = {}

    def folder(self, source: Source) -> Path:
        """Return the template at `source`; Unreachable without it, Refused without that release."""
        place = self._work / str(len(self._known))
        return Path(self._once(source, lambda: fetched(nearer(source), place)))

    def releases(self, location: str) -> list[str]:
        """Return the release tags of a template, the newest first; Unreachable without it."""
        return list(self._once(location, lambda: _releases(location)))

    def _once(self, key: Source | str, ask: Callable[[], object]) -> Any:
        """Return what is known; what could not be had is not asked for again either."""
        if key not in self._known:
            try:
                self._known[key] = ask()
            except Refused as error:
                self._known[key] = error
        if isinstance(self._known[key], Refused):
            raise self._known[key]
        return self._known[key]


def _releases(location: str) -> list[str]:
    try:
        return releases(location)
    except Refused as error:
        raise Unreachable(f"the releases of the template at {location} ({error})") from None


def nearer(source: Source) -> Source:
    """Return the checkout that this tool runs from, where it is that template and has the commit.

    Nobody has to be asked for it then, and it can be had without a network.
    """
    root = checkout()
    if root and source.ref and same_place(root, source.location) and holds(root, source.ref):
        return Source(str(root), source.ref)
    return source


@dataclass
class Stamp:
    """A release, the project's answers, and a folder to work in; a plain folder is no release."""

    source: Source
    answers: Mapping[str, object]
    work: Path
    templates: Templates | None = None

    @property
    def release(self) -> str:
        """What its files came from, as it is spoken of."""
        return self.source.ref or "the template"

    @cached_property
    def template(self) -> Path:
        """The template's folder; raises Unreachable or Refused."""
        return self.templates.folder(self.source) if self.templates else Path(self.source.location)

    @cached_property
    def root(self) -> Path:
        """What the release makes of the answers: a fresh project, whose files git can list."""
        folder = self.work / "fresh"
        render(Source(str(self.template)), folder, self.answers)
        git("init", "--quiet", cwd=folder)
        return folder

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The content of each file that is the template's, by its path, newlines as in git."""
        names = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return {
            name.as_posix(): unix((self.root / name).read_bytes())
            for name in names
            if name.parts[0] != ".git" and not self.is_owners(name.as_posix())
        }

    def is_owners(self, path: str) -> bool:
        """Tell whether a path is never touched by an update, or is Copier's own."""
        return path == ANSWERS_FILE or self._spec.match_file(path)

    @cached_property
    def _spec(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines(read_config(self.template)["_skip_if_exists"])


def is_merged(content: bytes) -> bool:
    """Tell whether a file of the template has places for its owner's lines."""
    return bool(ANCHOR.search(content.decode("utf-8", errors="replace")))


def unix(content: bytes) -> bytes:
    """Return text with the newlines that git keeps, whatever the machine wrote."""
    return content.replace(b"\r\n", b"\n")
