"""What was tried on the copy is put in place: by git, so in the way in which it writes here."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import Refused
from ..source import git, git_bytes
from .plan import MARKER
from .rehearsal import Result, content


def refuse_in_the_way(project: Path, result: Result) -> None:
    """Refuse where a new file meets one that git ignores: nothing could bring that back."""
    for name in result.added:
        steps = [project / name, *(project / name).parents][: len(Path(name).parts)]
        taken = [path for path in steps[1:] if path.is_symlink() or path.is_file()]
        if os.path.lexists(steps[0]) or taken:
            raise Refused(
                f"The new release brings {name}, where a file of yours is that git ignores: "
                "move yours away, then update."
            )


def put(project: Path, result: Result) -> None:
    """Write every file that the update changes, and nothing else; conflicts go to the index."""
    git("unpack-objects", "-q", cwd=project, given=result.pack)
    names = "\0".join(result.touched).encode("utf-8", "surrogateescape")
    words = (f"--source={result.tree}", "--worktree", "--pathspec-from-file=-")
    hooks = ("-c", f"core.hooksPath={os.devnull}", "--literal-pathspecs")
    git(*hooks, "restore", *words, "--pathspec-file-nul", cwd=project, given=names)
    if result.unmerged:
        git("update-index", "-z", "--index-info", cwd=project, given=result.unmerged)


def unresolved(project: Path, result: Result) -> set[str]:
    """Return what is there to resolve now, in whichever of its disguises."""
    listed = git_bytes("ls-files", "--unmerged", "-z", cwd=project).split(b"\0")
    found = {os.fsdecode(line.partition(b"\t")[2]) for line in listed if line}
    there = [name for name in result.touched if os.path.lexists(project / name)]
    found.update(name for name in there if name.endswith(".rej"))
    mine = [name for name in there if name not in result.quoted]
    found.update(name for name in mine if MARKER.search(content(project / name)))
    return found
