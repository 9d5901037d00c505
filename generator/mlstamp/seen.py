"""What need not be run: it was green before, or a change cannot have touched it.

A result is known by all that it rests on: what was rendered, the code of the check and of those
that it requires, the harness, and the machine. If one of them differs it is another result.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from . import changed, fingerprints, source, steps
from .checks.base import Check, Subject
from .errors import Refused
from .fingerprints import PACKAGE, Code
from .render import render, stored_answers
from .runner import Outcome, Result, own_answers
from .source import Source
from .store import Store


@dataclass(frozen=True)
class Made:
    """What a variant comes to: the hash of its files, and every answer."""

    tree: str
    answers: dict[str, object]


@dataclass
class State:
    """A template, the problems to swap in and the code of the harness, as they are together."""

    template: Path
    problems: Path | None
    code: Code
    checks: list[Check]
    store: Store

    @classmethod
    def of_checkout(cls, root: Path, template: Path, checks: list[Check], store: Store) -> State:
        """Return the state of a whole checkout, whose template may lie elsewhere."""
        package = root / PACKAGE.relative_to(PACKAGE.parents[1])
        code = Code(package, root / "hooks", root / "uv.lock")
        return cls(template, root / "tests" / "problems", code, checks, store)

    @classmethod
    def installed(cls, template: Path, checks: list[Check], store: Store) -> State:
        """Return the state of a tool that was installed without its checkout."""
        return cls(template, None, Code(PACKAGE, steps.folder()), checks, store)

    @cached_property
    def _template(self) -> str:
        return fingerprints.tree(self.template)

    @cached_property
    def _problems(self) -> str:
        return fingerprints.tree(self.problems) if self.problems else ""

    @cached_property
    def _codes(self) -> dict[str, str]:
        """The code of each check with that of all that it requires."""
        return {check.id: self.code.of(map(_module, self._chain(check))) for check in self.checks}

    def made(self, answers: Mapping[str, object], root: Path) -> Made:
        """Return what a variant comes to; it is rendered into the folder unless that is known."""
        rests_on = [self._template, dict(answers), self.code.of([]), fingerprints.machine()]
        key = fingerprints.of(["made", *rests_on])
        if known := self.store.get(key, tree=str, answers=dict):
            return Made(known.value["tree"], known.value["answers"])
        render(Source(str(self.template)), root, answers)
        made = Made(fingerprints.tree(root), own_answers(stored_answers(root)))
        self.store.put(key, {"tree": made.tree, "answers": made.answers})
        return made

    def key(self, check: Check, made: Made) -> str:
        """Return the hash of all that a result rests on."""
        chain = self._chain(check)
        more = [one.needs_template and not one.rendered_only for one in chain]
        template = [self._template, self._problems] if any(more) else []
        rests_on = [self._codes[check.id], made.tree, fingerprints.machine(), template]
        return fingerprints.of([check.id, *rests_on])

    def _chain(self, check: Check) -> list[Check]:
        """Return a check and all that it requires, directly or not."""
        known = {one.id: one for one in self.checks}
        found = {check.id: check}
        for one in (known[name] for name in check.requires if name in known):
            found |= {other.id: other for other in self._chain(one)}
        return [found[name] for name in sorted(found)]

    def needed(self, checks: list[Check]) -> set[str]:
        """Return the ids of checks with all that they require."""
        return {one.id for check in checks for one in self._chain(check)}


def _module(check: Check) -> Path:
    return Path(inspect.getfile(type(check))).resolve()


class Past:
    """Sifts the checks of each variant, and remembers what turns out green."""

    def __init__(self, now: State, before: State | None = None, commit: str = "") -> None:
        """Compare with the store and, where there is one, with the state of a commit."""
        self._now, self._before, self._commit = now, before, commit
        self._keys: dict[tuple[str, str], str] = {}
        self._lasting = {check.id for check in now.checks if check.lasting}

    def sift(self, subject: Subject, checks: list[Check]) -> tuple[list[Check], list[Result]]:
        """Return the checks that have to run, and what is known of the others.

        What has to run gets all that it requires, green before or not: it needs what they leave.
        """
        answers = dict(subject.answers)
        made = self._now.made(answers, subject.root)
        subject.answers = made.answers
        concerned = [check for check in checks if check.concerns(subject)]
        keys = {check.id: self._now.key(check, made) for check in concerned}
        self._keys |= {(subject.variant, name): key for name, key in keys.items()}
        known = self._untouched(subject, answers, concerned, keys)
        for check in concerned:
            if check.id not in known and (seen := self._seen(subject, check, keys[check.id])):
                known[check.id] = seen
        needed = self._now.needed([check for check in concerned if check.id not in known])
        run = [check for check in concerned if check.id in needed]
        return run, [result for name, result in known.items() if name not in needed]

    def remember(self, result: Result) -> None:
        """Keep a result if it is green, and rests on nothing but what its key is made of."""
        if result.outcome is Outcome.GREEN and result.check in self._lasting:
            value = {"check": result.check, "variant": result.variant, "seconds": result.seconds}
            self._now.store.put(self._keys[result.variant, result.check], value)

    def _seen(self, subject: Subject, check: Check, key: str) -> Result | None:
        entry = self._now.store.get(key, seconds=float)
        if entry is None:
            return None
        date = entry.when.date().isoformat()
        return Result(subject.variant, check.id, check.title, Outcome.SEEN, detail=date)

    def _untouched(
        self,
        subject: Subject,
        answers: dict[str, object],
        concerned: list[Check],
        keys: dict[str, str],
    ) -> dict[str, Result]:
        """Return the checks whose result rests on the same as at the commit."""
        if self._before is None:
            return {}
        try:
            with TemporaryDirectory(prefix="mlstamp-then-") as temporary:
                then = self._before.made(answers, Path(temporary) / "project")
        except (Refused, OSError):  # no template was there, or none that renders
            return {}
        why = f"the same files and checks as at {self._commit}"
        same = [c for c in concerned if self._before.key(c, then) == keys[c.id]]
        return {
            check.id: Result(subject.variant, check.id, check.title, Outcome.LEFT_OUT, detail=why)
            for check in same
        }


@contextmanager
def past(template: Path, checks: list[Check], store: Store, commit: str = "") -> Iterator[Past]:
    """Yield the past of the tool that runs, compared with a commit of its clone if one is given."""
    root = source.checkout()
    now = (
        State.of_checkout(root, template, checks, store)
        if root
        else State.installed(template, checks, store)
    )
    if not (root and commit):
        yield Past(now)
        return
    with changed.as_of(root, commit) as then, source.snapshot(then) as plain:
        yield Past(now, State.of_checkout(then, plain, checks, store), commit)
