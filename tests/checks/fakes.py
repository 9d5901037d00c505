"""A repository that is played: its service answers what a test wants it to answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlstamp.checks.base import Subject
from mlstamp.errors import StepFailed
from mlstamp.project import Completed, Project, Service
from tests.support import Route, web, write_all

ROWS = [{"tempo": 1.5, "key": "C", "live": True}, {"tempo": 2.5, "key": "D", "live": False}]
SCORES = [0.25, 0.75]
NOBODY = -1  # as the leader of a service: what is done to its processes is done to none
PROBLEM = {"type": "about:blank", "title": "Bad", "status": 422, "detail": "No.", "errors": []}


@dataclass
class FakeProject(Project):
    """Records the commands instead of running them; `broken` names those that fail."""

    route: Route | None = None
    broken: tuple[str, ...] = ()
    commands: list[tuple[str, ...]] = field(default_factory=list)

    def must(self, *command: str, timeout: float = 600) -> Completed:
        self.commands.append(command)
        if set(self.broken) & set(command):
            raise StepFailed(f"`{' '.join(command)}` exited with 1 (limit {timeout:.0f} s)")
        return Completed(command, 0, 0.0, "", self.root / "log")

    @contextmanager
    def serving(self, timeout: float = 60) -> Iterator[Service]:
        assert self.route, f"not served within {timeout} s"
        log = self.root / "serve.log"
        log.touch()
        with web(self.route) as url:
            yield Service(url, NOBODY, log)


def fake_subject(folder: Path, route: Route | None = None, broken: tuple[str, ...] = ()) -> Subject:
    """Return a subject with a champion whose replay has two rows."""
    write_all(
        folder,
        {
            "pyproject.toml": '[project.scripts]\nsong = "song.cli:main"\n',
            "bundles/champion.json": json.dumps({"version": "1", "digest": "abc", "path": "abc"}),
            "bundles/abc/replay.json": json.dumps({"rows": ROWS, "scores": SCORES}),
        },
    )
    project = FakeProject(folder, folder / "logs", route=route, broken=broken)
    on: dict[str, object] = dict.fromkeys(("batch", "monitoring", "report", "pre_commit"), True)
    return Subject(project, folder, "default", on)


def predictions(body: bytes, *, shift: float = 0.0) -> tuple[int, str, object]:
    """Answer a request as a good service would, its scores off by `shift`."""
    known = {json.dumps(row): score for row, score in zip(ROWS, SCORES, strict=True)}
    rows: list[Any] = json.loads(body)["rows"]
    scored = [
        {"id": f"id-{i}", "output": {}, "score": known[json.dumps(row)] + shift}
        for i, row in enumerate(rows)
    ]
    return 200, "application/json", {"model_version": "1", "predictions": scored}


def good_service(path: str, body: bytes) -> tuple[int, str, object]:
    """Answer the recorded rows, and refuse everything else as a problem."""
    if path in {"/live", "/ready", "/metrics", "/v1/model"}:
        return 200, "application/json", {}
    try:
        if path == "/v1/predict" and len(body) < 1 << 20 and 0 < len(json.loads(body)["rows"]) < 9:
            return predictions(body)
    except (ValueError, KeyError, TypeError):
        pass
    return 422, "application/problem+json", PROBLEM
