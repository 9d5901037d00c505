"""MLflow's part of the registry: a version for each Bundle, and who has which alias."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import mlflow
from mlflow.entities import RunInfo
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from ..config import Settings
from ..errors import StageError, masked
from . import CONTRACT, Pointer
from .bundle import Bundle

ORIGIN = {"data_fingerprint", "schema_hash", "git_sha", "lock_hash"}


class Versions:
    """The versions of one model; each call raises StageError in plain words."""

    def __init__(self, settings: Settings) -> None:
        # A dead tracking server is noticed in seconds, not after four minutes of retries.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
        for chatty in ("alembic", "mlflow"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        self._settings, self._model = settings, settings.name
        with _plainly(settings):
            self._client = mlflow.MlflowClient(settings.training.tracking_uri)
            self._experiment = self._ensure()

    def add(self, bundle: Bundle) -> str:
        """Record the Bundle's training run and a version that points to it; return its number."""
        with _plainly(self._settings):
            run, tags = self._record(bundle), {"digest": bundle.digest}
            made = self._client.create_model_version(
                self._model, run.artifact_uri, run.run_id, tags
            )
        return str(made.version)

    def named(self, alias: str) -> Pointer | None:
        """Return the version that has this alias, or None."""
        with _plainly(self._settings):
            aliases = self._client.get_registered_model(self._model).aliases
            if alias not in aliases:
                return None
            found = self._client.get_model_version(self._model, aliases[alias])
        digest = found.tags.get("digest")
        if not digest:
            raise StageError(
                f"Version {found.version} is {alias}, but was not registered by `train` and has no "
                "Bundle: give the alias to one that has."
            )
        return Pointer(version=str(found.version), digest=digest, path=digest[:12])

    def name(self, alias: str, version: str) -> None:
        """Give the alias to this version; nobody else has it any longer."""
        with _plainly(self._settings):
            self._client.set_registered_model_alias(self._model, alias, version)

    def forget(self, alias: str) -> None:
        """Take the alias away from whoever has it."""
        with _plainly(self._settings):
            self._client.delete_registered_model_alias(self._model, alias)

    def _record(self, bundle: Bundle) -> RunInfo:
        """Log one finished training run and return its facts."""
        contract, seed = bundle.contract, str(self._settings.seed)
        tags = contract.model_dump(include=ORIGIN) | {"digest": bundle.digest, "seed": seed}
        run = self._client.create_run(self._experiment, tags=tags).info
        for name, value in contract.params.items():
            self._client.log_param(run.run_id, name, value)
        for name, number in contract.cv_metrics.items():
            self._client.log_metric(run.run_id, f"cv_{name}", number)
        if _is_server(self._settings):  # beside a store of this machine, the Bundle has it
            self._client.log_text(run.run_id, contract.model_dump_json(indent=2), CONTRACT)
        self._client.set_terminated(run.run_id)
        return run

    def _ensure(self) -> str:
        if not self._client.search_registered_models(f"name = '{self._model}'"):
            self._client.create_registered_model(self._model)
        experiment = self._client.get_experiment_by_name(self._model)
        if experiment is not None:
            return str(experiment.experiment_id)
        return str(self._client.create_experiment(self._model, _place(self._settings)))


def _place(settings: Settings) -> str | None:
    """Return where artifacts go; a server that others use as well keeps them itself.

    MLflow keeps the answer for ever, so nothing of ours goes there: a project may be moved.
    """
    return None if _is_server(settings) else settings.training.artifacts.resolve().as_uri()


def _is_server(settings: Settings) -> bool:
    return settings.training.tracking_uri.startswith(("http://", "https://"))


@contextmanager
def _plainly(settings: Settings) -> Iterator[None]:
    """Turn what the tracking store raises into one sentence."""
    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        words = str(error).partition("[SQL:")[0]  # the statement says nothing to a person
        cause = masked(" ".join(words.split()))[:160]
        raise StageError(
            f"The tracking store {masked(settings.training.tracking_uri)} failed ({cause}): "
            "check that it is there and whole, and that no other program has locked it."
        ) from error
