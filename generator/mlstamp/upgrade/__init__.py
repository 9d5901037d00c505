"""`mlstamp update`: Copier's update, rehearsed first, refused where it would lose something.

Copier merges well, and says little: it deletes what the template dropped even when its owner
had edited it, forgets edits of a file that moved, and ends well when it left conflicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ..errors import Refused
from ..render import stored_answers
from ..source import Source, git, holds, latest, readable, refuse_unknown
from . import journal
from .place import put, refuse_in_the_way, unresolved
from .plan import LOSSES, Change, Kind, in_order
from .questions import checked
from .rehearsal import Result, rehearse
from .releases import Release, releases


@dataclass(frozen=True)
class Outcome:
    """What an update does, or did."""

    old: str
    new: str
    changes: list[Change]
    gone: list[str]  # questions that the new release does not ask any more
    head: str  # the commit that it was tried on
    result: Result = field(repr=False)
    applied: bool = False

    def of(self, *kinds: Kind) -> list[Change]:
        """Return the changes of these kinds."""
        return [change for change in self.changes if change.kind in kinds]

    def as_dict(self) -> dict[str, object]:
        """Return the form that `--json` writes."""
        files = [asdict(change) for change in self.changes]
        return {"from": self.old, "to": self.new, "files": files, "gone": self.gone}

    @property
    def open(self) -> list[Change]:
        """What is left for a person to resolve."""
        return self.of(Kind.CONFLICT, *LOSSES)

    @property
    def losses(self) -> list[Change]:
        """What an owner wrote and the update drops."""
        return self.of(*LOSSES)


def plan(
    project: Path, to: str | None, answers: Mapping[str, object], source: str | None = None
) -> Outcome:
    """Return what an update would do; nothing of the project is touched."""
    stored = _fit(project)
    place, old = source or str(stored["_src_path"]), str(stored["_commit"])
    target = Source(place, to or latest(place))
    with readable(target) as template:
        refuse_unknown(template, Source(place, old))
        typed, gone = checked(template, stored, answers)
    head = git("rev-parse", "HEAD", cwd=project)
    found, result = rehearse(project, Source(place, old), target, typed)
    refuse_in_the_way(project, result)
    return Outcome(old, str(target.ref), found, gone, head, result)


def apply(project: Path, outcome: Outcome, *, accept_loss: bool = False) -> Outcome:
    """Do what was planned; refused where something would be lost, unless that is accepted."""
    if outcome.losses and not accept_loss:
        names = ", ".join(change.path for change in outcome.losses)
        raise Refused(
            f"Edits of yours would be lost in {names}: "
            "carry them over by hand afterwards and add --accept-loss, or stay on this release."
        )
    if outcome.head != git("rev-parse", "HEAD", cwd=project) or journal.dirty(project):
        raise Refused("The project changed while the update was tried: commit, then update.")
    if not outcome.result.touched:
        return replace(outcome, applied=True)
    try:
        with journal.kept(project, outcome.result.touched, outcome.result.tree):
            put(project, outcome.result)
            left = unresolved(project, outcome.result)
    except OSError as error:
        raise Refused(f"{project}: {error.strerror or error}; nothing was changed.") from None
    return replace(outcome, changes=_as_left(outcome, left), applied=True)


def listed(project: Path, source: str | None = None) -> tuple[str, list[Release]]:
    """Return the release that a project has, and all of its template."""
    stored = stored_answers(project)
    _refuse_without_releases(project, stored)
    return str(stored["_commit"]), releases(source or str(stored["_src_path"]))


undo = journal.undo
__all__ = ["Change", "Kind", "Outcome", "Release", "apply", "listed", "plan", "undo"]


def _as_left(outcome: Outcome, left: set[str]) -> list[Change]:
    """Return the changes with every conflict that really is there."""
    known = {change.to or change.path for change in outcome.open}
    other = [change for change in outcome.changes if change.path not in left - known]
    return in_order(other + [Change(path, Kind.CONFLICT) for path in left - known])


def _fit(project: Path) -> dict[str, object]:
    """Return the answers on record; refused when the project cannot be updated."""
    stored = stored_answers(project)
    _refuse_without_git(project)
    _refuse_without_releases(project, stored)
    if journal.pending(project):
        raise Refused(
            "An update is not done with: commit what it left, or take it back with --undo."
        )
    if names := journal.dirty(project):
        raise Refused(
            f"{project} has changes that are not committed ({', '.join(names[:3])}): "
            "commit or stash them first."
        )
    return stored


def _refuse_without_git(project: Path) -> None:
    """Refuse what is no repository of its own; why git does not look into one, it says itself.

    What it says is told by nobody from its words: they are in the owner's language.
    """
    git("--version")
    if not (project / ".git").exists():
        if not any((folder / ".git").exists() for folder in project.resolve().parents):
            raise Refused(f"{project} is no git repository: git init, and commit first.")
        top = git("rev-parse", "--show-toplevel", cwd=project)
        raise Refused(
            f"{project} is a folder within the repository {top}: mlstamp update needs a project "
            "that is a repository of its own; `copier update` works in a folder."
        )
    git("rev-parse", "--git-dir", cwd=project)
    if not holds(project, "HEAD"):
        raise Refused(f"{project} has no commit yet: commit first.")


def _refuse_without_releases(project: Path, stored: Mapping[str, object]) -> None:
    if "_src_path" not in stored:
        raise Refused(f"{project} does not say where its template is: bring back _src_path.")
    if "_commit" not in stored:
        raise Refused(
            f"{project} was stamped from a folder without releases, and has none to go to: "
            "stamp it from a git URL, or a clean clone."
        )
