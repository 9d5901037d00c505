"""The first ninety seconds: stamp out a repository and walk its whole lifecycle on real data."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import new
from .errors import Refused, StepFailed
from .http import post
from .loop import Figures, close
from .loop.watchers import missing
from .project import Project

STAGES = {
    "data": "snapshot, check and split the flights",
    "train": "cross-validate and fit a challenger",
    "evaluate": "judge it on data it never saw",
    "promote": "make it champion, if the gates allow it",
}


@dataclass
class Story:
    """What the demo has to tell at its end."""

    root: Path
    command: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    champion: dict[str, Any] = field(default_factory=dict)
    question: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    loop: Figures | None = None

    @property
    def report(self) -> Path:
        """The champion's HTML report."""
        said = Path(str(self.champion.get("report") or "reports"))
        return self.root / said


class Progress:
    """Told when a stage begins, what it says meanwhile, and when it ends; prints nothing itself."""

    def begin(self, stage: str, about: str) -> None:
        """A stage begins."""

    def say(self, sentence: str) -> None:
        """Something happened within the stage."""

    def end(self, stage: str, seconds: float) -> None:
        """The stage is done."""


def run(destination: Path, progress: Progress, logs: Path, *, loop: bool = False) -> Story:
    """Stamp, install, and run every stage; raises StepFailed where one of them fails."""
    if loop and (tool := missing()):
        raise Refused(f"The loop needs {tool}: install it, or leave out --loop.")
    story = Story(destination)
    timed = _timer(story, progress)
    with timed("stamp", "render the default repository"):
        new.stamp(destination, {}, say=progress.say)
    project = Project(destination, logs)
    story.command = project.name
    with timed("install", "uv sync"):
        project.must("uv", "sync", timeout=1800)
    for stage, about in STAGES.items():
        with timed(stage, about):
            project.cli(stage, timeout=1200)
    story.champion = json.loads(project.cli("status", "--json").stdout)["champion"]
    _converse(project, story, timed)
    if loop:
        with timed("loop", "drift, alert, training, trial, promotion, rollback"):
            story.loop = close(project, logs / "loop", progress.say)
    return story


Timer = Callable[[str, str], AbstractContextManager[None]]


def _timer(story: Story, progress: Progress) -> Timer:
    @contextmanager
    def timed(stage: str, about: str) -> Iterator[None]:
        progress.begin(stage, about)
        started = time.monotonic()
        yield
        story.seconds[stage] = time.monotonic() - started
        progress.end(stage, story.seconds[stage])

    return timed


def _converse(project: Project, story: Story, timed: Timer) -> None:
    """Start the service, put one question to it, and stop it."""
    recorded = project.champion() / "replay.json"
    story.question = json.loads(recorded.read_text(encoding="utf-8"))["rows"][0]
    with ExitStack() as stack:
        with timed("serve", "start the service, which verifies its model"):
            url = stack.enter_context(project.serve())
        with timed("predict", "one question over HTTP"):
            answer = post(f"{url}/v1/predict", {"rows": [story.question]})
    if answer.status != 200:
        raise StepFailed(f"the service answered {answer.status}: {answer.body[:300]!r}")
    story.answer = answer.json()


def fresh_folder(parent: Path) -> Path:
    """Return the first of mlstamp-demo, mlstamp-demo-2 ... that is not taken."""
    names = (f"mlstamp-demo{'' if n == 1 else f'-{n}'}" for n in range(1, 10_000))
    return next(parent / name for name in names if not (parent / name).exists())
