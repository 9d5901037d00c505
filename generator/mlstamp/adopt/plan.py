"""What adopting does to each file of the template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from .merge import MERGERS


class Kind(StrEnum):
    """What happens to a file; only the first two are written."""

    NEW = "new"
    MERGED = "merged"
    SAME = "the same already"
    KEPT = "kept (yours)"
    DIFFERS = "kept, and differs"
    LEFT = "dependencies not carried over"


@dataclass(frozen=True)
class Step:
    """One file of the template, or a place of dependencies that is left.

    It has a `text` where two became one, with what was overruled.
    """

    path: str
    kind: Kind
    text: str = ""
    overruled: tuple[str, ...] = ()


def steps(
    repository: Path, tracked: list[str], rendered: Path, owners: list[str]
) -> Iterator[Step]:
    """Yield what happens to each file that the template has."""
    theirs = GitIgnoreSpec.from_lines(owners)
    # Where case does not count, README.md would land on the owner's Readme.md.
    taken = {name.casefold(): name for name in tracked}
    folders = {str(up).casefold() for name in tracked for up in PurePosixPath(name).parents}
    for source in sorted(path for path in rendered.rglob("*") if path.is_file()):
        path = source.relative_to(rendered).as_posix()
        own = taken.get(path.casefold())
        if own and (repository / own).is_file() and not (repository / own).is_symlink():
            yield _both(path, repository / own, source, theirs)
        elif own or _blocked(repository, path, set(taken), folders):
            yield Step(path, Kind.DIFFERS)
        else:
            yield Step(path, Kind.NEW)


def _blocked(repository: Path, path: str, files: set[str], folders: set[str]) -> bool:
    """Tell whether something of the owner's stands there, though git may not keep it."""
    ups = {str(up).casefold() for up in PurePosixPath(path).parents}
    place = repository / path
    return bool(ups & files) or path.casefold() in folders or place.exists() or place.is_symlink()


def _both(path: str, own: Path, source: Path, theirs: GitIgnoreSpec) -> Step:
    if own.read_bytes() == source.read_bytes():
        return Step(path, Kind.SAME)
    if theirs.match_file(path):
        return Step(path, Kind.KEPT)
    merger = MERGERS.get(own.name if own.name == path else "")
    if merger is None:
        return Step(path, Kind.DIFFERS)
    try:
        before = own.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return Step(path, Kind.DIFFERS)
    text, overruled = merger(source.read_text(encoding="utf-8"), before)
    kind = Kind.MERGED if text != before else Kind.SAME
    return Step(path, kind, text, tuple(overruled))
