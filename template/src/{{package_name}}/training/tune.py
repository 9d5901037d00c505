"""Search the hyperparameters that problem/model.py bounds; an interrupted search goes on."""

import hashlib
import inspect
import json
import logging
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from optuna.trial import Trial, TrialState
from pydantic.fields import FieldInfo
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from ..config import Count, Section, Settings
from ..errors import StageError, masked
from ..features.frames import read_prepared
from ..problem import features, model
from ..problem.model import Params
from . import Judge, read_params


class TuneSettings(Section):
    """How long the search goes on: until `trials` or `timeout_seconds`, whichever is first."""

    trials: Count = 15
    timeout_seconds: Count = 600
    storage: str = "sqlite:///tuning.db"


def search(settings: Settings, options: TuneSettings, judge: Judge) -> Params:
    """Return the best hyperparameters found; values set in config/ are kept as they are."""
    fixed = read_params(settings).model_dump(include=set(settings.training.params))
    study = _study(settings, options, fixed)
    with _plainly(options):
        wanted = options.trials if _space(fixed) else 1  # nothing is left to choose
        done = len(study.get_trials(states=[TrialState.COMPLETE], deepcopy=False))
        if not done:
            study.enqueue_trial(_defaults(fixed))

    def objective(trial: Trial) -> float:
        return judge(Params(**suggest(trial, fixed), **fixed)).objective()

    with _plainly(options):
        if done < wanted:
            study.optimize(
                objective,
                n_trials=wanted - done,
                timeout=options.timeout_seconds,
                show_progress_bar=sys.stderr.isatty(),  # a log would get a line at each step
            )
        return Params(**{**study.best_params, **fixed})


def suggest(trial: Trial, fixed: Collection[str]) -> dict[str, Any]:
    """Draw one value per bounded field of Params that is not fixed."""
    return {name: _draw(trial, name, field) for name, field in _space(fixed).items()}


def _study(settings: Settings, options: TuneSettings, fixed: dict[str, Any]) -> optuna.Study:
    """Return the study of this data, problem and settings: another never shares its trials."""
    optuna.logging.set_verbosity(logging.ERROR)  # what fails is raised: a trial need not tell it
    data = read_prepared(settings.data.prepared).folder  # its name holds the schema's hash too
    facts = [settings.seed, settings.training.folds, fixed, settings.features]
    code = [inspect.getsource(module) for module in (features, model)]
    space = json.dumps([*facts, Params.model_json_schema(), code], sort_keys=True)
    with _plainly(options, RuntimeError):  # of a store that another Optuna has written
        return optuna.create_study(
            study_name=f"{settings.name}-{data}-{hashlib.sha256(space.encode()).hexdigest()[:12]}",
            # No pool: a connection that nobody closes would outlive the search.
            storage=RDBStorage(options.storage, engine_kwargs={"poolclass": NullPool}),
            sampler=optuna.samplers.TPESampler(seed=settings.seed),
            direction="maximize",
            load_if_exists=True,
        )


@contextmanager
def _plainly(options: TuneSettings, *more: type[Exception]) -> Iterator[None]:
    """Turn what the store of the search raises into one sentence."""
    kinds: tuple[type[Exception], ...] = (SQLAlchemyError, StorageInternalError, *more)
    try:
        yield
    except Exception as error:
        # Optuna stumbles over itself when its store fails while it is told of a trial.
        if not isinstance(error, kinds) and not isinstance(error.__context__, kinds):
            raise
        raise StageError(
            f"{masked(options.storage)}, which remembers the search, cannot be used: close the "
            "program that has it open, or delete it to search from the start."
        ) from error


def _space(fixed: Collection[str]) -> dict[str, FieldInfo]:
    fields = {name: field for name, field in Params.model_fields.items() if _bounds(field)}
    if not fields:
        raise StageError("Params in problem/model.py has no bounded field to search.")
    return {name: field for name, field in fields.items() if name not in fixed}


def _defaults(fixed: dict[str, Any]) -> dict[str, Any]:
    values = Params().model_dump()
    return {name: values[name] for name in _space(fixed)}


def _bounds(field: FieldInfo) -> tuple[Any, Any] | None:
    low = next((fact.ge for fact in field.metadata if hasattr(fact, "ge")), None)
    high = next((fact.le for fact in field.metadata if hasattr(fact, "le")), None)
    return None if low is None or high is None else (low, high)


def _draw(trial: Trial, name: str, field: FieldInfo) -> Any:
    low, high = _bounds(field) or (0, 1)
    extra = field.json_schema_extra
    log = bool(extra.get("log")) if isinstance(extra, dict) else False
    draw = trial.suggest_int if field.annotation is int else trial.suggest_float
    return draw(name, low, high, log=log)
