"""What an update does to each file, from the four trees that it stands between."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

Tree = Mapping[str, bytes]
MARKER = re.compile(rb"^(<{7} before updating|>{7} after updating)", re.MULTILINE)
ALIKE = 0.6  # share of common lines from which a new file is an old one at another place
UNWATCHED = frozenset({".copier-answers.yml"})  # Copier's own; nobody edits it


class Kind(StrEnum):
    """What happens to a file; the last three ask for a person."""

    ADDED = "added"
    UPDATED = "updated"
    MERGED = "merged"
    MOVED = "moved with your edit"
    KEPT = "kept (yours)"
    ABSENT = "stays deleted (yours)"
    REMOVED = "removed"
    CONFLICT = "conflict"
    DELETED = "deleted though you edited it"
    OVERWRITTEN = "replaces what you wrote"


LOSSES = frozenset({Kind.DELETED, Kind.OVERWRITTEN})


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
    return in_order(_changes(trees))


def in_order(found: Iterator[Change] | list[Change]) -> list[Change]:
    """Return changes with the harmless first."""
    return sorted(found, key=lambda change: (list(Kind).index(change.kind), change.path))


def forgotten(trees: Trees) -> list[str]:
    """Return the edited files that the template left alone, and Copier did not."""
    return [
        path
        for path, mine in trees.before.items()
        if path not in UNWATCHED
        and trees.after.get(path) != mine
        and trees.stamped.get(path, mine) == trees.fresh.get(path)
        and path in trees.stamped
    ]


def never_seen(trees: Trees) -> list[str]:
    """Return the new files that Copier held back, as it does with those that an owner deleted."""
    known = trees.stamped.keys() | trees.before.keys() | trees.after.keys()
    return sorted(trees.fresh.keys() - known)


def left_behind(trees: Trees) -> list[str]:
    """Return the files that nobody edited, that the template has no more, and that Copier left.

    It renders the old release with what the new one leaves out, and so never misses them.
    """
    return [
        path
        for path, mine in trees.before.items()
        if trees.stamped.get(path) == mine == trees.after.get(path)
        and path not in trees.fresh.keys() | UNWATCHED
    ]


def is_conflict(path: str, trees: Trees) -> bool:
    """Tell whether the update left marks in a file that neither side had written."""
    after = trees.after.get(path)
    if after is None or after in (trees.before.get(path), trees.fresh.get(path)):
        return False
    return path.endswith(".rej") or bool(MARKER.search(after))


def _changes(trees: Trees) -> Iterator[Change]:
    arrived = sorted(trees.fresh.keys() - trees.stamped.keys() - trees.before.keys())
    own = [path for path in trees.before if path not in trees.stamped]
    for path in (trees.stamped.keys() | trees.before.keys() | trees.after.keys()) - UNWATCHED:
        kind = _kind(path, trees)
        old = trees.stamped.get(path)  # nothing for a file that the owner added
        if kind is Kind.DELETED and old and (to := _moved_to(old, arrived, trees.fresh)):
            yield Change(path, Kind.MOVED, to)
        elif kind is Kind.ABSENT and old:
            yield Change(path, kind, _moved_to(old, own, trees.before))
        elif kind:
            yield Change(path, kind)


def _kind(path: str, trees: Trees) -> Kind | None:
    stamped, before, after = (tree.get(path) for tree in (trees.stamped, trees.before, trees.after))
    if is_conflict(path, trees):
        return Kind.CONFLICT
    if before is None and after is None:
        return Kind.ABSENT if path in trees.fresh else None
    if before is None:
        return Kind.ADDED
    if after is None:
        return Kind.REMOVED if before == stamped else Kind.DELETED
    if before == after:
        return Kind.KEPT if stamped not in (None, before) else None
    if before == stamped:
        return Kind.UPDATED
    return Kind.MERGED if _keeps(before, stamped or b"", after) else Kind.OVERWRITTEN


def _keeps(before: bytes, stamped: bytes, after: bytes) -> bool:
    """Tell whether each line that the owner wrote is there still; bytes of no text never are."""
    if b"\0" in before:
        return False
    written = Counter(before.splitlines()) - Counter(stamped.splitlines())
    return written <= Counter(after.splitlines())


def _moved_to(old: bytes, arrived: list[str], there: Tree) -> str:
    """Return the new file that is most like the old one, or nothing."""
    lines = old.splitlines()
    best = max(arrived, key=lambda path: _alike(lines, there[path]), default="")
    return best if best and _alike(lines, there[best]) >= ALIKE else ""


def _alike(lines: list[bytes], other: bytes) -> float:
    return difflib.SequenceMatcher(None, lines, other.splitlines(), autojunk=False).ratio()
