"""What a check is, what it looks at, and the ways it can end."""

from __future__ import annotations

import inspect
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from ..bytecode import Bytecode
from ..findings import Finding, Level
from ..project import Project
from ..stamp import Stamp


class Failed(Exception):
    """The check found a fault: the message holds the particulars, `findings` the places."""

    def __init__(self, particulars: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(particulars)
        self.findings = tuple(findings)


class NotVerified(Exception):
    """The check needs a tool or a file that is not here: the message names it."""


@dataclass
class Subject:
    """One repository under test; `template` is None when it was not rendered here."""

    project: Project
    work: Path
    variant: str = ""
    answers: dict[str, object] = field(default_factory=dict)
    template: Path | None = None
    problems: Path | None = None  # folder of whole other problems to swap in
    bytecode: Bytecode | None = None  # what other variants compiled of the same dependencies
    shelf: Path | None = None  # environments that others with the same lock have used
    stamp: Stamp | None = None  # the release it was stamped from
    origin: Path | None = None  # a repository in use, of which this is a copy

    @property
    def root(self) -> Path:
        """The repository's folder."""
        return self.project.root

    @property
    def environment(self) -> Path:
        """The folder of its Python packages."""
        return self.root / ".venv"

    @property
    def source(self) -> Path:
        """The folder of its package."""
        return self.root / "src" / self.project.package

    def files(self) -> list[str]:
        """Return every path that git keeps or would keep, relative and with forward slashes."""
        done = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            capture_output=True,
            check=True,
            env=self.project.environment,
        )
        names = done.stdout.decode("utf-8").split("\0")
        return sorted({name for name in names if name and (self.root / name).is_file()})

    def text(self, name: str) -> str:
        """Return a file's text; a binary file reads as empty."""
        try:
            return (self.root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return ""


class Check(ABC):
    """The class docstring of a check is its title, that of `run` what is wrong when it fails."""

    id: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ()
    only_for: ClassVar[tuple[str, ...]] = ()  # variants; none named means all of them
    needs_template: ClassVar[bool] = False
    code_only: ClassVar[bool] = False  # it looks at nothing but `same.CODE`, and leaves nothing
    rendered_only: ClassVar[bool] = False  # it needs a template, but looks at what came of it
    lasting: ClassVar[bool] = True  # green today is green tomorrow, if nothing here changed
    capability: ClassVar[str] = ""  # the answer that has to be on

    @property
    def title(self) -> str:
        """One line that says what holds when the check is green."""
        return inspect.getdoc(type(self)) or self.id

    @property
    def failure(self) -> str:
        """One sentence that says what is wrong when it is red."""
        return inspect.getdoc(self.run) or self.title

    @abstractmethod
    def run(self, subject: Subject) -> tuple[Finding, ...] | None:
        """The repository is not as it should be."""

    def concerns(self, subject: Subject) -> bool:
        """Tell from the answers whether this check has anything to say about the subject."""
        if self.needs_template and subject.template is None:
            return False
        if self.capability and not subject.answers.get(self.capability):
            return False
        return not self.only_for or subject.variant in self.only_for


def expect(condition: object, particulars: str) -> None:
    """Fail with the particulars unless the condition holds."""
    if not condition:
        raise Failed(particulars)


def judged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Fail when there is an error among the findings; else return them, for what they are worth."""
    found = tuple(findings)
    errors = [str(one) for one in found if one.level is Level.ERROR]
    if errors:
        raise Failed(listing(errors), found)
    return found


def listing(items: list[str], most: int = 8) -> str:
    """Return the first few items of a list of faults."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return "; ".join(items[:most]) + more
