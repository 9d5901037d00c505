"""`mlstamp update`: Copier's update, rehearsed first, refused where it would lose something.

Copier merges well, and says little: it deletes what the template dropped even when its owner
had edited it, forgets edits of a file that moved, and ends well when it left conflicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .. import render
from ..answers import Answers
from ..errors import Refused
from ..render import stored_answers
from ..source import Source, git, latest
from . import journal
from .plan import LOSSES, Change, Kind
from .questions import checked
from .rehearsal import rehearse


@dataclass(frozen=True)
class Outcome:
    """What an update does, or did."""

    old: str
    new: str
    changes: list[Change]
    gone: list[str]  # questions that the new release does not ask any more
    answers: Answers = field(default_factory=dict)  # that change with it
    applied: bool = False

    def of(self, *kinds: Kind) -> list[Change]:
        """Return the changes of these kinds."""
        return [change for change in self.changes if change.kind in kinds]

    @property
    def open(self) -> list[Change]:
        """What is left for a person to resolve."""
        return self.of(Kind.CONFLICT, *LOSSES)

    @property
    def losses(self) -> list[Change]:
        """What an owner wrote and the update drops."""
        return self.of(*LOSSES)


def plan(project: Path, to: str | None, answers: Mapping[str, object]) -> Outcome:
    """Return what an update would do; nothing of the project is touched."""
    _refuse_unfit(project)
    stored = stored_answers(project)
    place, old = str(stored["_src_path"]), str(stored["_commit"])
    new = to or latest(place)
    typed, gone = checked(Source(place, new), stored, answers)
    changes = rehearse(project, Source(place, old), Source(place, new), typed)
    return Outcome(old, new, changes, gone, typed)


def apply(project: Path, outcome: Outcome, *, accept_loss: bool = False) -> Outcome:
    """Do what was planned; refused where something would be lost, unless that is accepted."""
    if outcome.losses and not accept_loss:
        names = ", ".join(change.path for change in outcome.losses)
        raise Refused(
            f"Edits of yours would be lost in {names}: "
            "carry them over by hand afterwards and add --accept-loss, or stay on this release."
        )
    with journal.kept(project):
        render.update(project, outcome.new, outcome.answers)
    return replace(outcome, applied=True)


undo = journal.undo


def _refuse_unfit(project: Path) -> None:
    stored = stored_answers(project)
    if not (project / ".git").exists():
        raise Refused(f"{project} is not the root of a git repository: git init, and commit first.")
    if "_commit" not in stored:
        raise Refused(
            f"{project} was stamped from a folder without releases, and has none to go to: "
            "stamp it from a git URL, or a clean clone."
        )
    if journal.pending(project):
        raise Refused(
            "An update is not done with: commit what it left, or take it back with --undo."
        )
    if git("status", "--porcelain", cwd=project):
        raise Refused(f"{project} has changes that are not committed: commit or stash them first.")
