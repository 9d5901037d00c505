"""A fresh render is what every tool that it ships would make of it."""

from __future__ import annotations

import re
from pathlib import Path

from ..findings import Finding
from ..render import render
from ..source import Source
from .base import Check, Subject, expect, judged, listing

_MARKER = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
_UNTIDY = re.compile(rb"[ \t]+$|\r|[^\n]\Z|\n\n\Z", re.MULTILINE)


class SecondRender(Check):
    """Rendering twice gives the same bytes."""

    id = "pristine.again"
    needs_template = True
    rendered_only = True  # who finds the same bytes anew has rendered them twice

    def run(self, subject: Subject) -> None:
        """A second render with the same answers differs from the first."""
        folders = [subject.work / "again-1", subject.work / "again-2"]
        for folder in folders:
            render(Source(str(subject.template)), folder, subject.answers)
        first, second = map(contents, folders)
        differing = sorted(name for name in first | second if first.get(name) != second.get(name))
        expect(not differing, listing(differing))


class NoConflicts(Check):
    """No rejected hunk and no conflict marker lies about."""

    id = "pristine.conflicts"

    def run(self, subject: Subject) -> None:
        """An update or a merge was left unfinished."""
        files = subject.files()
        found = [name for name in files if name.endswith((".rej", ".orig"))]
        found += [name for name in files if _MARKER.search(subject.text(name))]
        judged(Finding(name, "was left unfinished by an update or a merge") for name in found)


class Text(Check):
    """No editor tidies a file: no line ends in a blank, and each text ends in a newline."""

    id = "pristine.text"
    needs_template = True

    def run(self, subject: Subject) -> None:
        """An editor that tidies what it saves makes a conflict of the next update."""
        texts = contents(subject.root, [name for name in subject.files() if subject.text(name)])
        faults = [name for name, text in texts.items() if _UNTIDY.search(text)]
        expect(not faults, listing(faults))


class Hooks(Check):
    """Every formatter and hook that the repository ships leaves it unchanged."""

    id = "pristine.hooks"
    requires = ("quality.sync",)
    capability = "pre_commit"

    def run(self, subject: Subject) -> None:
        """A hook of the repository fails on it, or changes it."""
        before = contents(subject.root, subject.files())
        subject.project.must(*subject.project.launcher, "pre-commit", "run", "--all-files")
        after = contents(subject.root, subject.files())
        changed = sorted(name for name in before | after if before.get(name) != after.get(name))
        expect(not changed, listing(changed))


def contents(folder: Path, names: list[str] | None = None) -> dict[str, bytes]:
    """Return the bytes of each file, by its path."""
    if names is None:
        names = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
    return {name: (folder / name).read_bytes() for name in names}
