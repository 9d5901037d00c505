"""Runs checks over repositories: prerequisites first, and nothing untested is ever green."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Protocol

from . import steps
from .bytecode import Bytecode
from .checks.base import Check, Failed, NotVerified, Subject
from .errors import Refused, StepFailed, Unreachable
from .findings import Finding
from .project import Project, clean_environment, is_stopping, stop_everything
from .render import render, stored_answers
from .same import Once
from .source import Source
from .stamp import Stamp
from .variants import Variant


class Outcome(StrEnum):
    """How a check ended; RUNNING is what the live table shows until then."""

    RUNNING = "running"
    GREEN = "green"
    RED = "red"
    BLOCKED = "blocked"
    NOT_VERIFIED = "not verified here"
    SEEN = "seen before"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Result:
    """One check of one repository."""

    variant: str
    check: str
    title: str
    outcome: Outcome
    seconds: float = 0.0
    detail: str = ""
    findings: tuple[Finding, ...] = ()
    log: str = ""  # the end of what was written; of what is red, more

    def as_dict(self) -> dict[str, object]:
        """Return the form that `--json` writes."""
        return asdict(self)


Listen = Callable[[Result], None]
BUILD = "build"  # in the place of a check, where there is nothing to check


class Past(Protocol):
    """What is known of results before they are run; see `seen`."""

    def sift(self, subject: Subject, checks: list[Check]) -> tuple[list[Check], list[Result]]:
        """Return the checks that have to run, and the results of the others."""

    def remember(self, result: Result) -> None:
        """Take in a result."""


def run_checks(
    subject: Subject, checks: Iterable[Check], listen: Listen, once: Once | None = None
) -> list[Result]:
    """Run the checks in dependency order; what needs a red check is blocked.

    What needs a tool that is not here is not verified either, by whichever check it was missed.
    Variants that are given one `once` share the results of what looks at nothing but the code.
    """
    results: dict[str, Result] = {}
    pending = [check for check in checks if check.concerns(subject)]
    names = {check.id for check in pending}
    while pending:
        check = next(c for c in pending if not (set(c.requires) & names) - results.keys())
        pending.remove(check)
        listen(_result(subject, check, Outcome.RUNNING))
        attempt: Callable[[], Result] = partial(_run_unless_blocked, subject, check, dict(results))
        if once and check.code_only:
            attempt = partial(once.run, subject, check, attempt)
        results[check.id] = attempt()
        if is_stopping():
            break  # what was cut short is neither green nor red
        listen(results[check.id])
    return list(results.values())


def _run_unless_blocked(subject: Subject, check: Check, done: dict[str, Result]) -> Result:
    needed = [done[name] for name in check.requires if name in done]
    for one in needed:
        if one.outcome in {Outcome.RED, Outcome.BLOCKED}:
            return _result(subject, check, Outcome.BLOCKED, detail=f"{one.check} is not green")
    for one in needed:
        if one.outcome is Outcome.NOT_VERIFIED:
            return _result(subject, check, Outcome.NOT_VERIFIED, detail=one.detail)
    return run_one(subject, check)


def run_one(subject: Subject, check: Check) -> Result:
    """Run one check; whatever it raises becomes a red result."""
    started, before = time.monotonic(), set(_logs(subject))
    outcome, detail = Outcome.GREEN, ""
    findings: tuple[Finding, ...] = ()
    try:
        found = check.run(subject if check.needs_template else _without_template(subject))
        findings = found or ()
    except (NotVerified, Unreachable) as missing:
        outcome, detail = Outcome.NOT_VERIFIED, str(missing)
    except (Failed, StepFailed, Refused) as fault:
        outcome, detail = Outcome.RED, f"{check.failure} {fault}"
        findings = fault.findings if isinstance(fault, Failed) else ()
    except Exception as error:
        outcome, detail = Outcome.RED, f"{check.failure} {type(error).__name__}: {error}"
    result = _result(subject, check, outcome, time.monotonic() - started, detail)
    logs = [path for path in _logs(subject) if path not in before]
    log = _ends(logs) if outcome is Outcome.RED else _ends(logs, most=1, characters=1_000)
    return replace(result, findings=findings, log=log)


def _without_template(subject: Subject) -> Subject:
    """Hide what a check does not say that it looks at: its results are kept without it."""
    return replace(subject, template=None, problems=None)


def _result(
    subject: Subject, check: Check, outcome: Outcome, seconds: float = 0.0, detail: str = ""
) -> Result:
    return Result(subject.variant, check.id, check.title, outcome, seconds, detail)


def _logs(subject: Subject) -> list[Path]:
    found = subject.project.logs.rglob("*.log")
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def _ends(logs: list[Path], most: int = 3, characters: int = 20_000) -> str:
    """Return the end of the last few logs, which is where the reason stands."""
    texts = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in logs[-most:]}
    return "\n".join(f"== {name}\n{text[-characters:]}" for name, text in texts.items())


def place(
    variant: Variant,
    template: Path,
    work: Path,
    problems: Path | None = None,
    bytecode: Bytecode | None = None,
    home: Path | None = None,
) -> Subject:
    """Return where a variant will stand: nothing is there yet, and it has the answers given."""
    home = home or work / variant.name
    if home.exists():
        shutil.rmtree(home)
    # What mypy knows of the dependencies is the same for all, and so is each environment for all
    # with one lock; each thread has copies of its own.
    mine = threading.current_thread().name
    environment = clean_environment({"MYPY_CACHE_DIR": str(work / f"mypy-{mine}")})
    project = Project(home / "project", home / "logs", environment)
    answers = dict[str, object](variant.answers)
    stamp = Stamp(Source(str(template)), answers, home)
    shelf = work / f"environments-{mine}"
    return Subject(project, home, variant.name, answers, template, problems, bytecode, shelf, stamp)


def build(subject: Subject) -> None:
    """Make of it what `mlstamp new` would: rendered, with a lock, in git, everything committed."""
    if not subject.root.exists():
        render(Source(str(subject.template)), subject.root, subject.answers)
    for step in steps.STEPS:
        steps.load(step)(subject.root)
    subject.answers = own_answers(stored_answers(subject.root))


def own_answers(stored: dict[str, object]) -> dict[str, object]:
    """Return the answers to questions, without what Copier notes for itself."""
    return {name: value for name, value in stored.items() if not name.startswith("_")}


def verify(
    variants: list[Variant],
    checks: list[Check],
    listen: Listen,
    *,
    template: Path,
    work: Path,
    problems: Path | None = None,
    jobs: int = 1,
    past: Past | None = None,
) -> list[Result]:
    """Build and check the variants, `jobs` at a time; one code is tried once.

    With a past, what is known already is not run, and what is green is remembered at once.
    """
    once, bytecode = Once(), Bytecode(work / "bytecode")

    def tell(result: Result) -> None:
        if past:
            past.remember(result)
        listen(result)

    def one(variant: Variant) -> list[Result]:
        try:
            subject = place(variant, template, work, problems, bytecode)
            subject.project.environment.update(_share_of_cores(jobs))
            left, known = past.sift(subject, checks) if past else (checks, [])
            if left:
                build(subject)
        except (Refused, OSError) as error:
            failed = Result(variant.name, BUILD, "It renders.", Outcome.RED, detail=str(error))
            listen(failed)
            return [failed]
        for result in known:
            listen(result)
        results = run_checks(subject, left, tell, once)
        bytecode.keep(subject.environment)
        return [*known, *results]

    return _side_by_side(one, variants, jobs)


def _share_of_cores(jobs: int) -> dict[str, str]:
    """Let the tests of each variant use its part of the cores; 0 stands for no process beside."""
    cores = (os.cpu_count() or 1) // jobs
    return {"PYTEST_XDIST_AUTO_NUM_WORKERS": str(cores if cores > 1 else 0)}


def _side_by_side(
    one: Callable[[Variant], list[Result]], variants: list[Variant], jobs: int
) -> list[Result]:
    """Do it for each variant, `jobs` at a time; Ctrl-C ends all of them."""
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = [pool.submit(one, variant) for variant in variants]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_everything()
            raise
        return [result for future in futures for result in future.result()]
