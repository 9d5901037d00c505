"""The project trains again when an alert asks for it."""

from typing import TYPE_CHECKING, Annotated

import typer

from ..config import Settings
from ..errors import StageError
from ..registry import CHALLENGER, CHAMPION, MISSING, Pointer, Verdict
from . import configure, deferred, evaluate, option, prepare, sockets, train

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ..serving.rollout.trial import Role

sockets.options["retraining"] = "monitoring.retraining:RetrainingSettings"


class Stages:
    """The stages of this project, as a training goes through them."""

    def __init__(self, settings: Settings, trigger: str) -> None:
        from ..registry.store import Registry

        self._settings, self._trigger = settings, trigger
        self._registry = Registry(settings)
        self.timed = not sockets.remembers

    def learn(self) -> Pointer:
        """Take in what is new, fit a challenger and return it; raises NothingNewError."""
        from ..monitoring.retraining.learn import NothingNewError

        cut = prepare(self._settings).cut
        if cut.added and not cut.added_to_train:
            raise NothingNewError(
                f"None of the {cut.added} labels would be trained on: a model is evaluated on the "
                f"newest {cut.min_test_rows} rows, so ask again once there are more labels."
            )
        train(self._settings)
        return self._challenger()

    def judge(self) -> Verdict:
        """Let the gates judge the challenger."""
        return evaluate(self._settings, self._trigger)

    def champion(self) -> Pointer | None:
        """Return who answers now."""
        return self._registry.version(CHAMPION)

    def try_out(self, share: float) -> None:
        """Let the service try the challenger on a share of the requests; 0 is as a shadow."""
        from ..registry import read_pointer
        from ..serving.rollout.trial import Trial

        bundles = self._settings.registry.bundles
        role: Role = "canary" if share else "shadow"
        since = read_pointer(bundles).since
        Trial(challenger=self._challenger(), beside=since, role=role, share=share).write(bundles)

    def end_trial(self) -> None:
        """Let nobody be tried any more."""
        from ..serving.rollout.trial import end

        end(self._settings.registry.bundles)

    def promote(self) -> None:
        """Make the challenger champion."""
        self._registry.promote()

    def _challenger(self) -> Pointer:
        if found := self._registry.version(CHALLENGER):
            return found
        raise StageError(MISSING[CHALLENGER])


def retrain(
    trigger: Annotated[str, typer.Option(help="Who or what asks for it.")] = "person",
    request: Annotated[str, typer.Option(help="The id of a request in the log.")] = "",
) -> None:
    """Train again with the labels that came in since; gates and a trial decide on promotion."""
    settings = configure()
    log_url = option(settings, "monitoring").log_url
    run = deferred("monitoring.retraining:run", "retraining")
    outcome = run(settings, log_url, Stages(settings, trigger), (trigger, request))
    typer.echo(outcome.text())


def _attach(settings: Settings, app: "FastAPI") -> None:
    attach = deferred("monitoring.retraining:attach", "retraining")
    attach(settings, option(settings, "monitoring"), app)


sockets.more = deferred("monitoring.feedback:fresh", "monitoring")
sockets.commands.append(retrain)
sockets.monitor.append(_attach)
