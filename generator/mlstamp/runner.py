"""Runs checks over repositories: prerequisites first, and nothing untested is ever green."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from . import steps
from .bytecode import Bytecode
from .checks.base import Check, Failed, NotVerified, Subject
from .errors import Refused, StepFailed
from .project import Project, clean_environment, is_stopping, stop_everything
from .render import render, stored_answers
from .same import Once
from .source import Source
from .variants import Variant


class Outcome(StrEnum):
    """How a check ended; RUNNING is what the live table shows until then."""

    RUNNING = "running"
    GREEN = "green"
    RED = "red"
    BLOCKED = "blocked"
    NOT_VERIFIED = "not verified here"


@dataclass(frozen=True)
class Result:
    """One check of one repository."""

    variant: str
    check: str
    title: str
    outcome: Outcome
    seconds: float = 0.0
    detail: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the form that `--json` writes."""
        return asdict(self)


Listen = Callable[[Result], None]


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
    started = time.monotonic()
    outcome, detail = Outcome.GREEN, ""
    try:
        check.run(subject)
    except NotVerified as missing:
        outcome, detail = Outcome.NOT_VERIFIED, str(missing)
    except (Failed, StepFailed, Refused) as fault:
        outcome, detail = Outcome.RED, f"{check.failure} {fault}"
    except Exception as error:
        outcome, detail = Outcome.RED, f"{check.failure} {type(error).__name__}: {error}"
    return _result(subject, check, outcome, time.monotonic() - started, detail)


def _result(
    subject: Subject, check: Check, outcome: Outcome, seconds: float = 0.0, detail: str = ""
) -> Result:
    return Result(subject.variant, check.id, check.title, outcome, seconds, detail)


def build(
    variant: Variant,
    template: Path,
    work: Path,
    problems: Path | None,
    bytecode: Bytecode | None = None,
) -> Subject:
    """Render a variant as `mlstamp new` would: with a lock, in git, everything committed."""
    home = work / variant.name
    if home.exists():
        shutil.rmtree(home)
    root = home / "project"
    render(Source(str(template)), root, variant.answers)
    for step in steps.STEPS:
        steps.load(step)(root)
    answers = {k: v for k, v in stored_answers(root).items() if not k.startswith("_")}
    # What mypy knows of the dependencies is the same for all; each thread has a copy of its own.
    cache = work / f"mypy-{threading.current_thread().name}"
    environment = clean_environment({"MYPY_CACHE_DIR": str(cache)})
    project = Project(root, home / "logs", environment)
    return Subject(project, home, variant.name, answers, template, problems, bytecode)


def verify(
    variants: list[Variant],
    checks: list[Check],
    listen: Listen,
    *,
    template: Path,
    work: Path,
    problems: Path | None = None,
    jobs: int = 1,
) -> list[Result]:
    """Build and check the variants, `jobs` at a time; one code is tried once."""
    once, bytecode = Once(), Bytecode(work / "bytecode")

    def one(variant: Variant) -> list[Result]:
        try:
            subject = build(variant, template, work, problems, bytecode)
        except (Refused, OSError) as error:
            failed = Result(variant.name, "build", "It renders.", Outcome.RED, detail=str(error))
            listen(failed)
            return [failed]
        results = run_checks(subject, checks, listen, once)
        bytecode.keep(subject.environment)
        return results

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = [pool.submit(one, variant) for variant in variants]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_everything()
            raise
        return [result for future in futures for result in future.result()]
