"""`mlstamp adopt`: a repository that was made otherwise comes under the template.

Nothing of its owner's is overwritten. What is new, and what two files become as one, are commits
of their own on a branch (ADR 0037).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import render
from ..answers import Questionnaire, read_config
from ..errors import Refused
from ..follow import follow
from ..layers import NOTHING, Layer, told
from ..source import Source, git, readable
from . import branches
from .dependencies import elsewhere
from .facts import BRANCH, REFERENCE, guessed, refuse_flat, refuse_unfit
from .plan import Kind, Step, steps

__all__ = ["BRANCH", "REFERENCE", "Kind", "Outcome", "Step", "adopt"]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What adopting does, or did."""

    release: str
    steps: list[Step]
    came_from: str  # the branch that was checked out
    applied: bool

    def of(self, *kinds: Kind) -> list[Step]:
        """Return the steps of these kinds."""
        return [step for step in self.steps if step.kind in kinds]


def adopt(
    repository: Path,
    template: Source,
    layers: Sequence[Layer],
    *,
    say: Say,
    organisation: Layer = NOTHING,
    dry_run: bool = False,
) -> Outcome:
    """Bring a repository under a template, or only tell what that would do."""
    refuse_unfit(repository)
    if template.ref is None:
        raise Refused(
            "The template has no commit from which updates could come: commit it, "
            "or give the URL of one with --source."
        )
    here = git("branch", "--show-current", cwd=repository) or git(
        "rev-parse", "HEAD", cwd=repository
    )
    with _rendered(repository, template, layers, organisation, say) as (rendered, owners):
        tracked = [name for name in git("ls-files", "-z", cwd=repository).split("\0") if name]
        found = list(steps(repository, tracked, rendered, owners))
        found += elsewhere(repository, tracked)
        release = str(render.stored_answers(rendered)["_commit"])
        if not dry_run:
            branches.make(repository, rendered, found, release)
    return Outcome(release, found, here, not dry_run)


@contextmanager
def _rendered(
    repository: Path, template: Source, layers: Sequence[Layer], organisation: Layer, say: Say
) -> Iterator[tuple[Path, list[str]]]:
    """Yield the template as it would be here, and the patterns of what is its owner's."""
    with TemporaryDirectory(prefix="mlstamp-adopt-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary).resolve() / "rendered"
        with readable(template) as source:
            asked = Questionnaire.read(source)
            owners = list(read_config(source).get("_skip_if_exists", []))
        guesses = [_asked(guess, asked) for guess in guessed(repository)]
        answers, defaults = told(asked, [*layers, *guesses], organisation, say)
        render.render(template, folder, answers, suggestions=defaults)
        follow(template, folder, say)
        for package in (folder / "src").glob("*/__init__.py"):
            refuse_flat(repository, package.parent.name)
        yield folder, owners


def _asked(guess: Layer, asked: Questionnaire) -> Layer:
    """Return a guess without what another template does not ask."""
    known = {name: value for name, value in guess.answers.items() if name in asked.questions}
    return Layer(known, guess.origin)
