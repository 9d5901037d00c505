"""The composition root: stages meet here, imported when called, and capabilities plug in."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ..config import PREFIX, Settings, invalid, load_settings
from ..errors import StageError, origin
from ..registry import CHALLENGER, PERSON, VERDICT, Verdict

if TYPE_CHECKING:
    import pandas as pd
    from fastapi import FastAPI
    from starlette.types import ASGIApp

    from .. import data, evaluation, serving, training
    from ..registry.bundle import Bundle
    from ..serving import PredictionApp
    from ..serving.ports import Observer


def prepare(settings: Settings) -> "data.Result":
    """Make a data set of the examples that there are."""
    from ..data import prepare as make

    more = sockets.more
    least = settings.evaluation.min_positives
    return make(settings.data, (lambda: more(settings)) if more else None, least)


def train(settings: Settings) -> tuple["Bundle", str]:
    """Fit a challenger and register it; return it and its version."""
    from ..registry.store import Registry
    from ..training import train as fit

    bundle = fit(settings, sockets.search, sockets.export)
    return bundle, Registry(settings).add(bundle)


def evaluate(settings: Settings, trigger: str = PERSON) -> Verdict:
    """Judge the challenger against the champion, if there is one, and by what asked for it."""
    from ..evaluation import evaluate as judge
    from ..registry.store import Registry

    registry = Registry(settings)
    pair = registry.bundle(CHALLENGER), registry.rival()
    return judge(settings, *pair, sockets.publish, sockets.judges, trigger)


def report_of(settings: Settings, folder: str) -> Path:
    """Return what evaluation wrote for people about the Bundle in this folder."""
    return settings.evaluation.reports / folder / sockets.report


def create_app(settings: Settings | None = None) -> "ASGIApp":
    """Return the prediction service; uvicorn calls this, once per worker."""
    from .. import serving

    settings = settings or configure()
    observers = [observe(settings) for observe in sockets.observers]
    app = serving.create_app(settings, observers, sockets.service)
    for fit in sockets.fittings:
        fit(settings, app)
    return sockets.lane(app) if sockets.lane else app


def serve(settings: Settings, host: str | None = None, port: int | None = None) -> None:
    """Answer predictions until stopped; raises StageError when the port is taken."""
    from ..serving import run

    if settings.serving.workers > 1:
        create_app(settings)  # what is wrong is said here once, not by each worker for ever
    with sockets.around(settings):
        run(f"{__name__}:create_app", settings.serving, host, port)


def configure() -> Settings:
    """Read the settings; raises StageError for options of a capability that is not there."""
    settings = load_settings()
    if unknown := sorted(set(settings.options) - set(sockets.options)):
        where = dict.fromkeys(origin(PREFIX, "options", name) for name in unknown)
        raise StageError(
            f"options in {', '.join(where)} has {', '.join(unknown)}, which this project lacks "
            f"(it has: {', '.join(sockets.options) or 'none'}): take it out."
        )
    return settings


def option(settings: Settings, name: str) -> Any:
    """Return a capability's own settings; raises StageError naming each wrong key."""
    kind, given = _load(sockets.options[name]), settings.options.get(name, {})
    try:
        return kind(**{key: _list(one) for key, one in given.items()})
    except ValidationError as error:
        raise invalid(error, kind, "options", name) from error


def _list(value: Any) -> Any:
    """Return a value; a list that a variable gave as JSON is still a text here."""
    try:
        return json.loads(value) if isinstance(value, str) and value.startswith("[") else value
    except ValueError:
        return value  # for the capability to refuse


def deferred(place: str, name: str = "") -> Callable[..., Any]:
    """Return what calls `place`, imported then; with a name, on that capability's settings too."""
    if name:
        return lambda settings, *others: _load(place)(settings, option(settings, name), *others)
    return lambda *given: _load(place)(*given)


def _load(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(f"..{module}", __package__), name)


@dataclass
class Sockets:
    """What optional capabilities bring: each fills it in from a module of its own beside this."""

    options: dict[str, str] = field(default_factory=dict)  # "module:name" of its settings class
    commands: list[Callable[..., None]] = field(default_factory=list)  # verbs of the command line
    more: "Callable[[Settings], pd.DataFrame] | None" = None  # brings examples beside load()'s
    search: "training.Search | None" = None  # chooses hyperparameters for the train stage
    export: "training.Export | None" = None  # gives a fitted model a faster runtime
    judges: "list[evaluation.Judge]" = field(default_factory=list)  # of a challenger: more gates
    publish: "evaluation.Publish | None" = None  # writes what the evaluation found for people
    report: str = VERDICT  # the file of an evaluation that is meant for people
    fittings: "list[Callable[[Settings, PredictionApp], None]]" = field(default_factory=list)
    lane: "Callable[[PredictionApp], ASGIApp] | None" = None  # a shorter way to a prediction
    service: "serving.MakeService" = field(default=deferred("serving.service:Service"))
    remembers: bool = False  # an answer may come without the model, and its seconds say nothing
    takeover: str = "once it is started again"  # a running service answers with a new champion
    observers: "list[Callable[[Settings], Observer]]" = field(default_factory=list)
    monitor: "list[Callable[[Settings, FastAPI], None]]" = field(default_factory=list)
    target: Callable[[str, str], Any] | None = None  # where releases go: of a project, by name
    around: Callable[[Settings], AbstractContextManager[object]] = nullcontext  # the server runs


sockets = Sockets()
for _found in iter_modules(__path__):
    import_module(f".{_found.name}", __name__)
