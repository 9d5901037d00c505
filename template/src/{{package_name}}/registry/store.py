"""The model registry: MLflow versions and the aliases challenger, champion, previous_champion."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import mlflow
from mlflow.entities import RunInfo
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from ..config import Settings
from ..errors import OtherSchemaError, StageError
from ..files import alone
from . import CHALLENGER, CHAMPION, MISSING, PREVIOUS, Pointer, masked, read_pointer, read_verdict
from .bundle import Bundle, read

LOCK, BUSY = ".registry.lock", "Another promotion or rollback is running: try again."
ORIGIN = {"data_fingerprint", "schema_hash", "git_sha", "lock_hash"}


class Registry:
    """Versions of one model and who they are; each call raises StageError in plain words."""

    def __init__(self, settings: Settings) -> None:
        # A dead tracking server is noticed in seconds, not after four minutes of retries.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
        for chatty in ("alembic", "mlflow"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        self._settings = settings
        self._bundles = settings.registry.bundles
        with _plainly(settings):
            self._client = mlflow.MlflowClient(settings.training.tracking_uri)
            self._experiment = self._ensure()

    def add(self, bundle: Bundle) -> str:
        """Record the Bundle's training run, name it challenger and return its version."""
        with _plainly(self._settings):
            run, tags = self._record(bundle), {"digest": bundle.digest}
            made = self._client.create_model_version(
                self._settings.name, run.artifact_uri, run.run_id, tags
            )
            self._name(CHALLENGER, made.version)
            return str(made.version)

    def version(self, alias: str) -> Pointer | None:
        """Return the version that has this alias, or None."""
        with _plainly(self._settings):
            model = self._client.get_registered_model(self._settings.name)
            if alias not in model.aliases:
                return None
            found = self._client.get_model_version(model.name, model.aliases[alias])
        digest = found.tags["digest"]
        return Pointer(version=str(found.version), digest=digest, path=digest[:12])

    def bundle(self, alias: str) -> Bundle:
        """Return the verified Bundle that has this alias; raises StageError when none has."""
        return read(self._bundles / self._required(alias).path)

    def rival(self) -> Bundle | None:
        """Return the champion to beat; None when there is none, or it knows other columns."""
        champion = self.version(CHAMPION)
        with suppress(OtherSchemaError):
            return read(self._bundles / champion.path) if champion else None
        return None

    def promote(self) -> Pointer:
        """Make the challenger champion; raises StageError when a gate or another run forbids it."""
        with alone(self._bundles / LOCK, BUSY):
            new, rival = self._required(CHALLENGER), self.rival()  # once: a training may go on
            bundle = read(self._bundles / new.path)
            verdict = read_verdict(self._settings.evaluation.reports, bundle.digest)
            if verdict.refusals:
                raise StageError(f"The gates refuse this Bundle: {' '.join(verdict.refusals)}")
            if (rival.digest if rival else None) not in (verdict.champion, bundle.digest):
                raise StageError("The champion changed since the evaluation: evaluate again.")
            return self._crown(new, self.version(CHAMPION))

    def rollback(self) -> Pointer:
        """Swap champion and previous champion; raises StageError when there is no previous one."""
        with alone(self._bundles / LOCK, BUSY):
            champion = self._required(CHAMPION)
            new = self._before(champion)
            read(self._bundles / new.path)
            return self._crown(new, champion)

    def _before(self, champion: Pointer) -> Pointer:
        meant = champion
        with suppress(StageError):  # a broken pointer says nothing
            meant = read_pointer(self._bundles)
        if meant == champion:
            return self._required(PREVIOUS)
        # The last command was cut short: a promotion is undone, a rollback completed.
        return champion if meant == self.version(CHALLENGER) else meant

    def _required(self, alias: str) -> Pointer:
        if found := self.version(alias):
            return found
        raise StageError(MISSING[alias])

    def _crown(self, new: Pointer, old: Pointer | None) -> Pointer:
        # The pointer first: cut short here, the same command completes what is left.
        new.write(self._bundles)
        with _plainly(self._settings):
            if old and old != new:
                self._name(PREVIOUS, old.version)
            self._name(CHAMPION, new.version)
            if self.version(CHALLENGER) == new:
                self._client.delete_registered_model_alias(self._settings.name, CHALLENGER)
        return new

    def _record(self, bundle: Bundle) -> RunInfo:
        """Log one finished training run and return its facts."""
        contract, seed = bundle.contract, str(self._settings.seed)
        tags = contract.model_dump(include=ORIGIN) | {"digest": bundle.digest, "seed": seed}
        run = self._client.create_run(self._experiment, tags=tags).info
        for name, value in contract.params.items():
            self._client.log_param(run.run_id, name, value)
        for name, number in contract.cv_metrics.items():
            self._client.log_metric(run.run_id, f"cv_{name}", number)
        self._client.log_text(run.run_id, contract.model_dump_json(indent=2), "contract.json")
        self._client.set_terminated(run.run_id)
        return run

    def _name(self, alias: str, version: str) -> None:
        self._client.set_registered_model_alias(self._settings.name, alias, version)

    def _ensure(self) -> str:
        name = self._settings.name
        if not self._client.search_registered_models(f"name = '{name}'"):
            self._client.create_registered_model(name)
        experiment = self._client.get_experiment_by_name(name)
        if experiment is not None:
            return str(experiment.experiment_id)
        artifacts = self._settings.training.artifacts.resolve().as_uri()
        return str(self._client.create_experiment(name, artifact_location=artifacts))


@contextmanager
def _plainly(settings: Settings) -> Iterator[None]:
    """Turn what the tracking store raises into one sentence."""
    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        cause = masked(" ".join(str(error).split()))[:160]
        raise StageError(
            f"The tracking store {masked(settings.training.tracking_uri)} failed ({cause}): "
            "is it there, and not locked by another program?"
        ) from error
