"""What an update does to each file, from the four trees that it stands between."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

Tree = Mapping[str, bytes]
MARKER = re.compile(rb"^(<{7} before updating|>{7} after updating)", re.MULTILINE)
ALIKE = 0.6  # share of common lines from which a new file is an old one at another place
UNWATCHED = frozenset({".copier-answers.yml"})  # Copier's own; nobody edits it


class Kind(StrEnum):
    """What happens to a file; the last four ask for a person."""

    ADDED = "added"
    UPDATED = "updated"
    MERGED = "merged"
    KEPT = "kept (yours)"
    REMOVED = "removed"
    CONFLICT = "conflict"
    DELETED = "deleted though you edited it"
    MOVED = "moved, without your edit"
    OVERWRITTEN = "replaces a file of yours"


LOSSES = frozenset({Kind.DELETED, Kind.MOVED, Kind.OVERWRITTEN})


@dataclass(frozen=True)
class Change:
    """One file, and where it went if it moved."""

    path: str
    kind: Kind
    to: str = ""


@dataclass(frozen=True)
class Trees:
    """Path to content: as stamped, as it is, as the new release stamps, as the update leaves it."""

    stamped: Tree
    before: Tree
    fresh: Tree
    after: Tree


def changes(trees: Trees) -> list[Change]:
    """Return what happens to each file that changes, or that its owner had changed."""
    return sorted(_changes(trees), key=lambda change: (list(Kind).index(change.kind), change.path))


def _changes(trees: Trees) -> Iterator[Change]:
    arrived = [path for path in trees.fresh if path not in trees.stamped]
    for path in (trees.before.keys() | trees.after.keys()) - UNWATCHED:
        kind = _kind(path, trees)
        old = trees.stamped.get(path)  # nothing for a file that the owner added
        if kind is Kind.DELETED and old and (to := _moved_to(old, arrived, trees.fresh)):
            yield Change(path, Kind.MOVED, to)
        elif kind:
            yield Change(path, kind)


def _kind(path: str, trees: Trees) -> Kind | None:
    stamped, before, after = (tree.get(path) for tree in (trees.stamped, trees.before, trees.after))
    if after is not None and (path.endswith(".rej") or MARKER.search(after)):
        return None if after == before else Kind.CONFLICT
    if before is None:
        return Kind.ADDED
    if after is None:
        return Kind.REMOVED if before == stamped else Kind.DELETED
    if before == after:
        return Kind.KEPT if stamped not in (None, before) else None
    if before == stamped:
        return Kind.UPDATED
    return Kind.MERGED if stamped is not None else Kind.OVERWRITTEN


def _moved_to(old: bytes, arrived: list[str], fresh: Tree) -> str:
    """Return the new file that is most like the old one, or nothing."""
    lines = old.splitlines()
    best = max(arrived, key=lambda path: _alike(lines, fresh[path]), default="")
    return best if best and _alike(lines, fresh[best]) >= ALIKE else ""


def _alike(lines: list[bytes], other: bytes) -> float:
    return difflib.SequenceMatcher(None, lines, other.splitlines(), autojunk=False).ratio()
