"""A repository in use, held against what its own release of the template makes of its answers."""

from __future__ import annotations

import difflib
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from ..findings import Finding, Level
from ..render import ANSWERS_FILE
from ..source import git
from ..stamp import Stamp, is_merged, unix
from .base import Check, NotVerified, Subject, judged

# Variants as they were just rendered: they have to be green, and a few are enough to see it.
VARIANTS = ("default", "minimal", "everything")
ACCEPTED = "[tool.mlstamp.accepted] in pyproject.toml"


class OfUse(Check):
    """What only a repository in use can be found at; a few new ones have to be green as well."""

    def concerns(self, subject: Subject) -> bool:
        """Tell whether this check has anything to say about the subject."""
        return subject.origin is not None or subject.variant in VARIANTS


def stamp_of(subject: Subject) -> Stamp:
    """Return the release that the project was stamped from; NotVerified when none is on record."""
    if subject.stamp is None:
        raise NotVerified("the release it was stamped from: a plain folder has none")
    return subject.stamp


class Committed(OfUse):
    """What is looked at is what was committed."""

    id = "conformance.committed"

    def run(self, subject: Subject) -> tuple[Finding, ...]:
        """It has changes that nobody committed yet."""
        words = ("--no-optional-locks", "status", "--porcelain", "--untracked-files=all", ".")
        changed = git(*words, cwd=subject.origin or subject.root).splitlines()
        if subject.origin is None or not changed:
            return ()
        message = f"{len(changed)} files are not as committed: they were looked at as they are"
        return (Finding("", message, Level.NOTE),)


class Release(OfUse):
    """It is of the newest release of its template."""

    id = "conformance.release"

    def run(self, subject: Subject) -> tuple[Finding, ...]:
        """The template has had releases since."""
        stamp = stamp_of(subject)
        if stamp.source.ref is None or stamp.templates is None:
            return ()  # rendered a moment ago
        known = stamp.templates.releases(stamp.source.location)
        behind = releases_behind(stamp.release, known)
        if behind is None:
            message = f"says {stamp.release}, which is no release of the template"
        elif behind:
            plural = "s" * (behind > 1)
            message = f"says {stamp.release}, {behind} release{plural} behind {known[0]}"
        else:
            return ()
        return (Finding(ANSWERS_FILE, message, Level.NOTE, line_of(subject, "_commit:")),)


class Drift(OfUse):
    """Each file of the template's is what its release says, or it is on record why not."""

    id = "conformance.drift"

    def run(self, subject: Subject) -> tuple[Finding, ...]:
        """A file of the template's differs from its release, and nobody said why."""
        stamp = stamp_of(subject)
        found = [*_differing(subject, stamp), *_modes(subject, stamp), *_added(subject, stamp)]
        return judged(_with_reasons(subject, found))


def releases_behind(release: str, known: list[str]) -> int | None:
    """Return how many releases came later; None for a commit that is none."""
    return known.index(release) if release in known else None


def line_of(subject: Subject, beginning: str, name: str = ANSWERS_FILE) -> int:
    """Return the first line of a file that begins so, or 0."""
    lines = subject.text(name).splitlines()
    return next((n for n, line in enumerate(lines, 1) if line.startswith(beginning)), 0)


def _differing(subject: Subject, stamp: Stamp) -> Iterator[Finding]:
    ours = set(subject.files())
    for path, fresh in sorted(stamp.files.items()):
        if path not in ours:
            yield Finding(path, f"is missing: {stamp.release} has it")
            continue
        now = unix((subject.root / path).read_bytes())
        if now == fresh:
            continue
        if is_merged(fresh):
            yield from _lines_gone(path, fresh, now, stamp.release)
        else:
            first, count = _changed_lines(fresh, now)
            plural = "s" * (count > 1)
            yield Finding(path, f"differs from {stamp.release} in {count} line{plural}", line=first)


def _modes(subject: Subject, stamp: Stamp) -> Iterator[Finding]:
    """Yield each file that can be executed and should not be, or the other way round."""
    if not all(map(_has_executables, (subject.origin or subject.root, stamp.root))):
        return
    for path in sorted(set(subject.files()) & stamp.files.keys()):
        now, fresh = (_is_executable(root / path) for root in (subject.root, stamp.root))
        if now != fresh:
            one, other = ("can", "cannot") if now else ("cannot", "can")
            yield Finding(path, f"{one} be executed, and in {stamp.release} it {other}")


def _has_executables(repository: Path) -> bool:
    """Tell whether git takes notice of that bit, which some disks and Windows do not have."""
    words = ("config", "--type=bool", "--default=true", "--get", "core.fileMode")
    return git(*words, cwd=repository) == "true"


def _is_executable(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXUSR)  # the one bit that git keeps


def _lines_gone(path: str, fresh: bytes, now: bytes, release: str) -> Iterator[Finding]:
    """Yield a note when lines of the template's are gone from a file that has two owners."""
    kept = {line.strip() for line in now.splitlines()}
    gone = [line.strip() for line in fresh.splitlines() if line.strip() not in kept]
    if gone:
        first = gone[0].decode("utf-8", errors="replace")
        message = f"lacks {len(gone)} of the lines of {release}, such as {first!r}"
        yield Finding(path, message, Level.NOTE)


def _changed_lines(fresh: bytes, now: bytes) -> tuple[int, int]:
    """Return the first line that differs, and how many were taken away or came."""
    pair = (fresh.splitlines(keepends=True), now.splitlines(keepends=True))
    blocks = difflib.SequenceMatcher(None, *pair, autojunk=False).get_opcodes()
    changed = [block for block in blocks if block[0] != "equal"]
    first = min(changed[0][3] + 1, max(len(pair[1]), 1))
    return first, sum(max(a2 - a1, b2 - b1) for _, a1, a2, b1, b2 in changed)


def _added(subject: Subject, stamp: Stamp) -> Iterator[Finding]:
    """Yield a note for each file that lies among files of the template's, below the root."""
    folders = {str(PurePosixPath(path).parent) for path in stamp.files} - {"."}
    for path in subject.files():
        among = str(PurePosixPath(path).parent) in folders
        if among and path not in stamp.files and not stamp.is_owners(path):
            yield Finding(path, "lies among files of the template's, and is none", Level.NOTE)


def _with_reasons(subject: Subject, found: list[Finding]) -> Iterator[Finding]:
    """Turn each difference that has a reason on record into a note; a reason too many is one."""
    reasons = accepted(subject)
    used: set[str] = set()
    for one in found:
        pattern = next((it for it in reasons if _matches(it, one.path)), "")
        used.add(pattern)
        if one.level is Level.ERROR and pattern:
            said = f"{one.message}, accepted: {reasons[pattern]}"
            yield replace(one, message=said, level=Level.NOTE, accepted=reasons[pattern])
        else:
            yield one
    for pattern in sorted(set(reasons) - used):
        line = line_of(subject, f'"{pattern}"', "pyproject.toml")
        message = f"accepts {pattern}, where nothing differs: take it out of {ACCEPTED}"
        yield Finding("pyproject.toml", message, Level.NOTE, line)


def accepted(subject: Subject) -> dict[str, str]:
    """Return which paths may differ, and why: a table of pattern and reason in pyproject.toml."""
    table: object = tomllib.loads(subject.text("pyproject.toml") or "")
    for key in ("tool", "mlstamp", "accepted"):
        table = table.get(key, {}) if isinstance(table, Mapping) else {}
    entries = table.items() if isinstance(table, Mapping) else ()
    return {str(k): v for k, v in entries if isinstance(v, str) and v.strip()}


def _matches(pattern: str, path: str) -> bool:
    return GitIgnoreSpec.from_lines([pattern]).match_file(path)
