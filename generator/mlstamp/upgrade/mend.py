"""What Copier's merge forgets, mended on the copy.

It knows no renames, so an edit of a file that the template moved is gone with the old file. And
it patches no bytes, so a picture of the owner's becomes the template's again, though the
template left it as it was. And a new file that will be the owner's it never brings, and a file
that moved into a capability which is off it leaves behind.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pathspec import GitIgnoreSpec

from .. import plain_git
from ..answers import read_config
from ..source import Source, git, readable
from .plan import Change, Kind, Trees, changes, forgotten, in_order, left_behind, never_seen

_LABELS = ("before updating", "last update", "after updating")  # as Copier calls the three
_MOST_CONFLICTS = 127  # the exit code of `git merge-file` counts them; above, it failed


@dataclass
class Stages:
    """The sides of each conflict that Copier does not know of, as lines of git's index."""

    lines: bytes = b""
    _copy: Path = field(default_factory=Path)

    def add(self, path: str, base: bytes, mine: bytes, theirs: bytes) -> None:
        """Keep the three sides, as a merge would."""
        for stage, side in enumerate((base, mine, theirs), 1):
            blob = git("hash-object", "-w", "--stdin", cwd=self._copy, given=side)
            self.lines += f"100644 {blob} {stage}\t{path}\0".encode()


def mended(copy: Path, trees: Trees) -> tuple[list[Change], Stages]:
    """Mend the copy, and return what happens to each file, with the conflicts that this made."""
    for path in (lost := forgotten(trees)):
        git("--literal-pathspecs", "checkout", "--quiet", "HEAD", "--", path, cwd=copy, plain=True)
    news = never_seen(trees)
    for path in news:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes(trees.fresh[path])
    kept = {path: trees.before[path] for path in lost}
    after = {**trees.after, **kept, **{path: trees.fresh[path] for path in news}}
    stages = Stages(_copy=copy)
    found = changes(replace(trees, after=after))
    return in_order(list(_carried(copy, trees, found, stages))), stages


def swept(copy: Path, trees: Trees, *releases: Source) -> Trees:
    """Take away what is left behind, unless one of the releases calls it the owner's."""
    found = left_behind(trees)
    for release in releases if found else ():
        with readable(release) as template:
            owners = GitIgnoreSpec.from_lines(read_config(template).get("_skip_if_exists", []))
        found = [path for path in found if not owners.match_file(path)]
    for path in found:
        (copy / path).unlink()
    return replace(trees, after={p: text for p, text in trees.after.items() if p not in found})


def _carried(copy: Path, trees: Trees, found: list[Change], stages: Stages) -> Iterator[Change]:
    taken: set[str] = set()
    for change in found:
        if change.kind is not Kind.MOVED:
            yield change
            continue
        old, new = change.path, change.to
        sides = trees.stamped[old], trees.before[old], trees.fresh[new]
        merged, clean = merge(*sides)
        if merged is None or new in taken:  # two edits cannot move to one place
            yield replace(change, kind=Kind.DELETED, to="")
            continue
        taken.add(new)
        (copy / new).write_bytes(merged)
        if not clean:
            stages.add(new, *sides)
        yield change if clean else replace(change, kind=Kind.CONFLICT)


def merge(base: bytes, mine: bytes, theirs: bytes) -> tuple[bytes | None, bool]:
    """Return both sides' changes in one text, and whether they met nowhere; none of mere bytes."""
    with TemporaryDirectory(prefix="mlstamp-merge-") as folder:
        paths = [Path(folder, name) for name in ("mine", "base", "theirs")]
        for path, side in zip(paths, (mine, base, theirs), strict=True):
            path.write_bytes(side)
        labels = [word for label in _LABELS for word in ("-L", label)]
        command = ["git", "merge-file", "--stdout", *labels, *map(str, paths)]
        environment = plain_git.environment()
        done = subprocess.run(command, capture_output=True, cwd=folder, env=environment)
    failed = not 0 <= done.returncode <= _MOST_CONFLICTS
    return (None if failed else done.stdout), done.returncode == 0
