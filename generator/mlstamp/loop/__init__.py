"""A project goes round its loop: drift, alert, training, trial, promotion, rollback."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import StepFailed
from ..project import Project
from .callers import Caller, Question, tell
from .workshop import Loop, questions, running, wait, with_worse_model

CLEAN_CHUNKS, CLEAN_RUNS = 50, 3  # requests that are asked, and runs of the job that see them
BREAKS_SECONDS = 8.0  # that drift and broken inputs last together
FORBIDDEN = {
    *("MLDriftDetected", "MLQualityRegressed"),
    *("MLSkew", "MLInputViolation", "MLColumnMissing"),
}
Say = Callable[[str], None]


@dataclass(frozen=True)
class Figures:
    """What was seen, in seconds but for the requests."""

    alert: float  # from the first drifted request until the alert fires
    champion: float  # from the end of the broken inputs until the new champion answers
    closed: float  # the same from the first drifted request on, with all that was held back
    rollback: float  # until another one answers after the command, the longer of two
    requests: int  # asked meanwhile
    lost: int
    scraped: frozenset[str] = frozenset()  # metrics that Prometheus knew of in the end


def close(project: Project, folder: Path, say: Say) -> Figures:
    """Go round the loop once in `folder`; raises StepFailed where it does not close."""
    say("a first champion, of less than half a year")
    with running(project, folder) as loop:
        _stay_calm(loop, questions(folder, "clean"), say)
        drifted = questions(folder, "drifted")
        began = time.monotonic()
        with Caller(loop.service, drifted) as caller:
            alert = _hold_back(loop, caller, drifted, say)
            champion = _learn(loop, say)
            closed = time.monotonic() - began
            rollback = _roll_back(loop, say)
            _refuse(loop, say)
            scraped = frozenset(loop.watchers.scraped())
    asked = caller.outcomes.total()
    lost = asked - caller.outcomes["200"]
    return Figures(alert, champion, closed, rollback, asked, lost, scraped)


def _stay_calm(loop: Loop, clean: list[Question], say: Say) -> None:
    say("clean questions: no alert")
    caller = Caller(loop.service, clean)
    caller.ask(min(caller.chunks, CLEAN_CHUNKS))
    tell(loop.service, loop.token, caller.labels)
    seen: set[float] = set()

    def enough() -> bool:
        if loop.watchers.value("ml_drift_window_rows"):
            seen.add(loop.last_run())
        return len(seen) >= CLEAN_RUNS

    wait(enough, 120, "the drift job does not look at what was asked")
    if false := loop.watchers.firing() & FORBIDDEN:
        raise StepFailed(f"clean questions raised {', '.join(sorted(false))}")


def _hold_back(loop: Loop, caller: Caller, drifted: list[Question], say: Say) -> float:
    """Let inputs break while others drift: both alerts fire, and nothing is trained."""
    say("another season, and a broken column: two alerts, and no training")
    began, column = time.monotonic(), next(iter(drifted[0]["row"]))
    broken = [{"row": one["row"] | {column: {}}, "label": one["label"]} for one in drifted]
    with Caller(loop.service, broken, rows=1) as breaking:
        wait(lambda: "MLInputViolation" in loop.watchers.firing(), 90, "broken inputs: no alert")
        wait(lambda: "MLDriftDetected" in loop.watchers.firing(), 180, "drift raises no alert")
        alert = time.monotonic() - began
        # Asked again and again, a row would be in both parts: each question counts once.
        tell(loop.service, loop.token, caller.labels[: len(drifted)])
        ends = time.monotonic() + BREAKS_SECONDS
        while time.monotonic() < ends:
            if loop.requests():
                raise StepFailed("a training was asked for while inputs were broken")
            time.sleep(0.5)
    if set(breaking.outcomes) != {"422"}:
        raise StepFailed(f"broken inputs were answered {dict(breaking.outcomes)}")
    return alert


def _learn(loop: Loop, say: Say) -> float:
    say("the column is mended: the alert gets through, and what is better is promoted")
    mended, before = time.monotonic(), loop.version()
    wait(lambda: loop.requests() > 0, 120, "the alert does not lead to a training")
    wait(lambda: not loop.requests("running"), 300, "the training does not end")
    if not loop.requests("promoted"):
        raise StepFailed("the model of the new labels is not promoted: see the log of the monitor")
    wait(lambda: loop.version() != before, 60, "the service does not take over the new champion")
    return time.monotonic() - mended


def _roll_back(loop: Loop, say: Say) -> float:
    say("the way back, and forth again")
    return max(_roll_back_once(loop) for _ in range(2))


def _roll_back_once(loop: Loop) -> float:
    before, began = loop.version(), time.monotonic()
    loop.place.cli("rollback")
    wait(lambda: loop.version() != before, 60, "the previous champion does not answer")
    return time.monotonic() - began


def _refuse(loop: Loop, say: Say) -> None:
    say("a model that knows nothing: refused")
    before = loop.version()
    said = with_worse_model(loop).cli("retrain", "--trigger", "planted", timeout=300).stdout
    if "was refused" not in said or loop.version() != before:
        raise StepFailed(f"a worse model was not refused: {said}")
