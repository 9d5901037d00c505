"""One training from the asking to the decision, with every step written down."""

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Protocol

from ...errors import StageError
from ...files import alone
from ...registry import Pointer, Verdict
from ..database import connect
from . import RetrainingSettings
from .requests import FAILED, SKIPPED, Outcome, Request, Requests
from .trial import Trial

LOCK, BUSY = ".retraining.lock", "Another training is under way: wait for it."


class NothingNewError(StageError):
    """None of the new labels would be trained on: there is no training, and that is no failure."""


class Stages(Protocol):
    """The stages that a training goes through; each raises StageError when it cannot go on."""

    timed: bool  # how long an answer takes is the model's doing

    def learn(self) -> Pointer:
        """Take in what is new, fit a challenger and return it; raises NothingNewError."""

    def judge(self) -> Verdict:
        """Let the gates judge the challenger."""

    def champion(self) -> Pointer | None:
        """Return who answers now."""

    def try_out(self, share: float) -> None:
        """Let the service try the challenger on a share of the requests; 0 is as a shadow."""

    def end_trial(self) -> None:
        """Let nobody be tried any more."""

    def promote(self) -> None:
        """Make the challenger champion."""


class Retraining:
    """Trains once at a time; whatever happens, the request says how it ended."""

    def __init__(
        self, options: RetrainingSettings, bundles: Path, log_url: str, stages: Stages
    ) -> None:
        engine = connect(log_url)
        self._lock = bundles / LOCK
        self._requests = Requests(engine)
        self._trial = Trial(options, engine, timed=stages.timed)
        self._stages = stages

    def run(self, trigger: str, request_id: str) -> Outcome:
        """Train for the request with this id, or for a new one."""
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        request = self._requests.resume(request_id) if request_id else None
        with ExitStack() as held:
            try:
                held.enter_context(alone(self._lock, BUSY))
            except StageError as error:
                if request:  # it asked for what is under way: no failure, and no new cooldown
                    result = SKIPPED if str(error) == BUSY else FAILED
                    self._requests.finish(request, result, str(error))
                raise
            return self._run(request or self._open(trigger))

    def _open(self, trigger: str) -> Request:
        if request := self._requests.open(trigger):
            return request
        raise StageError("The request was taken by somebody else: ask again.")

    def _run(self, request: Request) -> Outcome:
        """Train, and write down how it ended, whatever happens."""
        try:
            outcome = self._decide(request)
        except NothingNewError as error:
            outcome = Outcome(SKIPPED, str(error))
        except BaseException as error:
            with suppress(StageError):  # of the database; the first failure is the one to tell
                self._requests.finish(request, FAILED, str(error) or type(error).__name__)
            raise
        self._requests.finish(request, outcome.decision, outcome.reason)
        return outcome

    def _decide(self, request: Request) -> Outcome:
        stages, before = self._stages, self._stages.champion()
        new = stages.learn()
        outcome = self._outcome(new, stages.judge(), before)
        if outcome.decision == "promoted":
            stages.promote()
        rival = before.version if before else None
        self._requests.decide(request, outcome, rival)
        return outcome

    def _outcome(self, new: Pointer, verdict: Verdict, before: Pointer | None) -> Outcome:
        if verdict.refusals:
            return Outcome("refused", " ".join(verdict.refusals), new.version)
        if before is None:
            return Outcome("promoted", "It is the first.", new.version)
        try:
            passed, said = self._trial.run(new.digest, before.digest, self._stages.try_out)
        finally:
            self._stages.end_trial()
        if not passed:
            return Outcome("aborted", said, new.version)
        return Outcome("promoted", f"It passed every gate. {said}", new.version)
