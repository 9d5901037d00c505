"""Planted faults: each breaks the template in one way, and a named check has to notice it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from .answers import Answers
from .checks import CHECKS
from .errors import Refused
from .runner import BUILD, Outcome, Result
from .variants import Variant


class Ending(StrEnum):
    """What became of a planted fault."""

    KILLED = "killed"
    SURVIVED = "survived"
    EXPLAINED = "survives, as explained"
    NOT_VERIFIED = "not verified here"
    ERROR = "not planted"


@dataclass(frozen=True)
class Edit:
    """A change of one file of the template; without `before` it is new, without `after` it goes."""

    file: str
    before: str | None = None  # stands there exactly once
    after: str | None = None


@dataclass(frozen=True)
class Fault:
    """A way to break the template, and who has to notice."""

    name: str
    breaks: str  # one sentence
    check: str  # the id of the check that has to turn red
    says: str  # words of its message: red for another reason does not count
    plant: tuple[Edit, ...]
    answers: Answers = field(default_factory=dict)
    survives: str = ""  # why nobody notices

    @property
    def variant(self) -> Variant:
        """Return the answers under a name that the check is for."""
        names = CHECKS[self.check].only_for if self.check in CHECKS else ()
        return Variant((*names, "fault")[0], self.answers)


@dataclass(frozen=True)
class Finding:
    """What became of one fault."""

    fault: Fault
    ending: Ending
    seconds: float
    detail: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the form that `--json` writes."""
        seconds = round(self.seconds, 1)
        named = {"fault": self.fault.name, "check": self.fault.check}
        return {**named, "outcome": self.ending, "seconds": seconds, "detail": self.detail}


def read(folder: Path) -> list[Fault]:
    """Return the faults of all files of a folder; raises Refused for one that is not whole."""
    found: dict[str, Fault] = {}
    for path in sorted(folder.glob("*.yaml")):
        for name, facts in _loaded(path).items():
            if name in found:
                raise Refused(f"{path.name} has {name} again: give each fault a name of its own.")
            found[name] = _fault(f"{name} in {path.name}", name, facts)
    return list(found.values())


def _loaded(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise Refused(f"{path} is not YAML: {' '.join(str(error).split())}.") from None
    return loaded


def _fault(place: str, name: str, facts: Mapping[str, Any]) -> Fault:
    try:
        edits = tuple(Edit(**edit) for edit in facts["plant"])
        fault = Fault(name=name, **{**facts, "plant": edits})
    except (KeyError, TypeError) as error:
        raise Refused(f"{place} is not a fault: {error}.") from None
    if fault.check not in {*CHECKS, BUILD}:
        raise Refused(f"{place} names {fault.check}: name a check, or {BUILD}.")
    return fault


def plant(fault: Fault, template: Path) -> None:
    """Break a copy of the template; raises Refused where it is no longer what the fault breaks."""
    for edit in fault.plant:
        path = template / edit.file
        there = path.is_file()
        text = path.read_text(encoding="utf-8") if there else ""
        if edit.before is None and there != (edit.after is None):
            raise Refused(f"{edit.file} {'is there already' if there else 'is not there'}.")
        if edit.before is not None and (count := text.count(edit.before)) != 1:
            raise Refused(f"{edit.file} has {edit.before!r} {count} times, not once.")
        if edit.after is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        broken = edit.after if edit.before is None else text.replace(edit.before, edit.after)
        path.write_text(broken, encoding="utf-8", newline="\n")


def judge(fault: Fault, results: Mapping[str, Result]) -> tuple[Ending, str]:
    """Say what became of a fault whose check was run with what it requires."""
    result = results.get(fault.check)
    if result is None and BUILD in results:
        return Ending.ERROR, results[BUILD].detail
    if result is None:
        return _survived(fault, f"{fault.check} is not red")
    if result.outcome is Outcome.NOT_VERIFIED:
        return Ending.NOT_VERIFIED, result.detail
    said = f"{result.detail}\n{result.log}"  # a command does not say the reason last
    if result.outcome is not Outcome.RED or fault.says not in said:
        return _survived(fault, f"{fault.check} is {result.outcome}: {result.detail}".rstrip(": "))
    if fault.survives:
        return Ending.ERROR, "it is noticed now: take out why it survives"
    return Ending.KILLED, result.detail


def _survived(fault: Fault, told: str) -> tuple[Ending, str]:
    return (Ending.EXPLAINED, fault.survives) if fault.survives else (Ending.SURVIVED, told)


def kill_rate(findings: list[Finding]) -> tuple[int, int]:
    """Return how many faults were noticed, of how many that were tried."""
    endings = [finding.ending for finding in findings]
    tried = {Ending.KILLED, Ending.SURVIVED, Ending.EXPLAINED}
    return endings.count(Ending.KILLED), sum(ending in tried for ending in endings)
