"""What a check found, and where: the form that tables, JSON and SARIF share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much it matters, in the words of SARIF: only an error makes a check red."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing at one place; `line` counts from 1, and 0 means the file as a whole."""

    path: str  # relative, with forward slashes; empty for the repository as a whole
    message: str
    level: Level = Level.ERROR
    line: int = 0
    accepted: str = ""  # why the owner wants it so

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place} {self.message}".strip()


def counted(findings: Iterable[Finding]) -> str:
    """Return how many there are of each level, the worst first: `1 error, 2 notes`."""
    counts = Counter(finding.level for finding in findings)
    said = [f"{counts[one]} {one}{'s' * (counts[one] > 1)}" for one in Level if counts[one]]
    return ", ".join(said)
