"""The gates of a repository in use: still in its code, with bars as high, and asked by its CI."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import yaml

from .. import syntax
from ..findings import Finding, Level
from ..project import Project
from ..render import ANSWERS_FILE
from . import bars
from .base import Subject, judged
from .conformance import OfUse, line_of, stamp_of
from .workflows import PIPELINES, steps

PLACES = ("evaluation", "registry")  # where gates are decided, and obeyed
DECIDE = ("decide", "_applies", "judge", "promote")  # run them, or refuse by them
CONFIG = "config"


class Code(OfUse):
    """Each gate is in the code as its release wrote it, and is asked."""

    id = "conformance.gates"

    def run(self, subject: Subject) -> tuple[Finding, ...]:
        """A gate was taken out, or decides otherwise."""
        stamp = stamp_of(subject)
        fresh, now = (_Gates(root, subject.project.package) for root in (stamp.root, subject.root))
        found = list(_taken_out(fresh, now))
        if subject.answers.get("strict_gates") is False:
            message = "has strict_gates off: the gates of that capability judge no challenger"
            line = line_of(subject, "strict_gates:")
            found.append(Finding(ANSWERS_FILE, message, Level.NOTE, line))
        return judged(found)


class Bars(OfUse):
    """No bar of a gate is lower than its release set it."""

    id = "conformance.bars"

    def run(self, subject: Subject) -> tuple[Finding, ...]:
        """The settings cannot be read."""
        stamp = stamp_of(subject)
        package = stamp.root / "src" / subject.project.package
        release = bars.of(package, stamp.root / CONFIG / "default.yaml")
        found: list[Finding] = []
        for name in subject.files():
            if re.fullmatch(rf"{CONFIG}/[^/]+\.ya?ml", name):
                found += _lowered(name, subject.text(name), release)
        return judged(found)


class Pipelines(OfUse):
    """CI calls each recipe that its release called, and hears it; `just check` is all its parts."""

    id = "conformance.pipelines"

    def run(self, subject: Subject) -> tuple[Finding, ...]:
        """CI does not ask any more what it asked."""
        stamp = stamp_of(subject)
        fresh = replace(subject, project=Project(stamp.root, subject.project.logs))
        return judged([*_not_called(fresh, subject), *_not_checked(fresh, subject)])


class _Gates:
    """The functions of a project that are gates, or run them, and how often each is named."""

    def __init__(self, root: Path, package: str) -> None:
        self.functions: dict[tuple[str, str], ast.FunctionDef] = {}
        self.named: Counter[str] = Counter()
        for place in PLACES:
            for path in sorted((root / "src" / package / place).rglob("*.py")):
                self._read(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))

    def _read(self, name: str, text: str) -> None:
        tree = syntax.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and (node.name in DECIDE or _is_gate(node)):
                self.functions[name, node.name] = node
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                self.named[node.id] += 1


def _is_gate(function: ast.FunctionDef) -> bool:
    return isinstance(function.returns, ast.Name) and function.returns.id == "Gate"


def _taken_out(fresh: _Gates, now: _Gates) -> Iterator[Finding]:
    for (path, name), function in fresh.functions.items():
        kept = now.functions.get((path, name))
        if kept is None:
            yield Finding(path, f"has no {name} any more")
        elif ast.dump(kept) != ast.dump(function):
            yield Finding(path, f"lets {name} decide otherwise", line=kept.lineno)
        elif now.named[name] < fresh.named[name]:
            yield Finding(path, f"has {name}, but it is not asked any more", line=kept.lineno)


def _lowered(name: str, text: str, release: dict[str, bars.Bar]) -> Iterator[Finding]:
    """Yield a warning for each bar that a file of settings lowers, with the comment beside it."""
    try:
        written = bars.written(text)
    except yaml.YAMLError as error:
        yield Finding(name, f"cannot be read: {' '.join(str(error).split())}")
        return
    for key, (value, line) in written.items():
        bar = release.get(key)
        if bar and bar.is_lowered_by(value):
            reason = bars.comment(text, line, but_for=bar.comment)
            why = f"the reason given: {reason}" if reason else "no reason is given"
            message = f"has {key}: {value}, {bar.than} the release's {bar.value} ({why})"
            yield Finding(name, message, Level.WARNING, line)


def _not_called(fresh: Subject, now: Subject) -> Iterator[Finding]:
    asked, called, files = _calls(fresh), _calls(now), now.files()
    for recipe, (place, heard) in asked.items():
        if recipe not in called:
            known = place if place in files else PIPELINES.get(str(now.answers["ci"]), place)
            yield Finding(known, f"does not call `just {recipe}` any more")
        elif heard and not called[recipe][1]:
            message = f"calls `just {recipe}`, and goes on when it fails"
            yield Finding(called[recipe][0], message)


def _calls(subject: Subject) -> dict[str, tuple[str, bool]]:
    """Return each recipe that CI calls: in which file, and whether anybody hears when it fails."""
    found: dict[str, tuple[str, bool]] = {}
    for step in steps(subject):
        place = step.place.split(" ")[0].partition(":")[0]
        for recipe, heard in step.calls():
            if recipe not in found or (heard and not found[recipe][1]):
                found[recipe] = place, heard
    return found


def _not_checked(fresh: Subject, now: Subject) -> Iterator[Finding]:
    asked, left = (_parts(subject.text("justfile")) for subject in (fresh, now))
    if gone := [part for part in asked if part not in left]:
        line = line_of(now, "check:", "justfile")
        yield Finding("justfile", f"leaves {', '.join(gone)} out of `just check`", line=line)


def _parts(justfile: str) -> list[str]:
    found = re.search(r"^check:(.*)$", justfile, re.MULTILINE)
    return found[1].split() if found else []
