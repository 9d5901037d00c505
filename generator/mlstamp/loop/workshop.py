"""Where a project goes round its loop: a folder of its own, with all that runs beside it."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import StepFailed
from ..http import get
from ..project import Project, free_port
from .callers import Question
from .watchers import Watchers, watching

SHARED = "shared"  # the file with what opens labels and alerts
SHORT = {
    "OPTIONS__DRIFT__EVERY_SECONDS": "2",
    "OPTIONS__ROLLOUT__CHECK_SECONDS": "0.3",
    "OPTIONS__RETRAINING__MIN_LABELS": "500",
    "OPTIONS__RETRAINING__TRIAL_SHARES": "[0, 0.25, 0.5]",
    "OPTIONS__RETRAINING__TRIAL_SECONDS": "2",
}
PAUSE_SECONDS = 0.1  # between two looks
WORSE = '''"""A model that knows nothing, in the place of the project's own."""

from typing import Any

from sklearn.dummy import DummyClassifier, DummyRegressor

from . import schema
from .real_model import *


def build_model(params: Any, seed: int) -> Any:
    """Return an unfitted estimator."""
    del params, seed
    return DummyClassifier() if schema.TASK == "classification" else DummyRegressor()
'''


@dataclass(frozen=True)
class Loop:
    """A project at work, with its service, its monitor and those who watch them."""

    place: Project
    source: Path  # of its package
    service: str
    watchers: Watchers

    @property
    def token(self) -> str:
        """Return what labels are sent with."""
        return (self.place.root / SHARED).read_text("utf-8")

    def version(self) -> str:
        """Return the version that answers."""
        return str((get(f"{self.service}/ready").json() or {}).get("model_version"))

    def requests(self, result: str = ".*") -> float:
        """Return how many trainings were asked for that ended so."""
        name = f'ml_retrain_requests_total{{result=~"{result}"}}'
        return self.watchers.value(f"sum({name})") or 0.0

    def last_run(self) -> float:
        """Return when the drift job last succeeded, Unix time."""
        name = "ml_job_last_success_timestamp_seconds"
        return self.watchers.value(f'{name}{{job_name="drift"}}') or 0.0


def with_worse_model(loop: Loop) -> Project:
    """Return the project with a model in its source that learns nothing."""
    source = loop.place.root / "worse"
    shutil.copytree(loop.source, source, ignore=shutil.ignore_patterns("__pycache__"))
    model = source / loop.place.package / "problem" / "model.py"
    model.rename(model.with_name("real_model.py"))
    model.write_text(WORSE, "utf-8")
    return with_settings(loop.place, PYTHONPATH=str(source))


@contextlib.contextmanager
def running(project: Project, folder: Path) -> Iterator[Loop]:
    """Train a first champion in `folder`, and run all that belongs to it."""
    place = workshop(project, folder)
    for stage in ("data", "train", "evaluate", "promote"):
        place.cli(stage)
    monitor = f"127.0.0.1:{free_port()}"
    command = (*place.launcher, place.name, "monitor", "--port", monitor.rpartition(":")[2])
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(place.serving()).url
        stack.enter_context(place.daemon(*command, ready=f"http://{monitor}/live"))
        targets = {"service": service.removeprefix("http://"), "monitor": monitor}
        watchers = watching(project, folder / "watchers", targets, folder / SHARED)
        yield Loop(place, project.root / "src", service, stack.enter_context(watchers))


def workshop(project: Project, folder: Path) -> Project:
    """Return the project at work in a folder of its own, where it knows half of its sample."""
    shutil.rmtree(folder, ignore_errors=True)
    leave = shutil.ignore_patterns("raw", "prepared")
    for name in ("config", "data"):
        shutil.copytree(project.root / name, folder / name, ignore=leave)
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy2(project.root / name, folder / name)
    (folder / SHARED).write_text(secrets.token_urlsafe(), "utf-8")
    launcher = ("uv", "run", "--no-sync", "--project", str(project.root))
    place = replace(project, root=folder, launcher=launcher)
    cut = str(Path(__file__).with_name("cut.py"))
    place.must(*launcher, "python", cut, project.package, str(folder))
    own = SHORT | {
        "DATA__SOURCE": str(folder / "source.parquet"),
        "OPTIONS__MONITORING__TOKEN_FILE": str(folder / SHARED),
    }
    prefix = project.package.upper()
    named = {f"{prefix}_{name}": value for name, value in own.items()}
    return with_settings(place, GIT_SHA="0" * 40, **named)


def with_settings(project: Project, **variables: str) -> Project:
    """Return the project with more environment variables."""
    return replace(project, environment={**project.environment, **variables})


def questions(folder: Path, name: str) -> list[Question]:
    """Return rows with their labels."""
    found: list[Question] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return found


def wait(happens: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Wait for something; fail with the sentence when it takes too long."""
    deadline = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > deadline:
            raise StepFailed(f"{otherwise} within {seconds:.0f} s")
        time.sleep(PAUSE_SECONDS)
