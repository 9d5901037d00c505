"""The parts of the loop that can be tried without a project; `loop.closed` tries the whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from mlstamp import demo
from mlstamp.checks import loop as checks_loop
from mlstamp.checks.base import Failed, NotVerified
from mlstamp.checks.loop import Closed
from mlstamp.errors import Refused, StepFailed
from mlstamp.loop import Figures, callers, watchers, workshop
from tests.checks.fakes import fake_subject
from tests.checks.watched import watched
from tests.support import web

QUESTIONS = [{"row": {"x": number}, "label": number % 2} for number in range(6)]
CONFIGURATION = {
    "prometheus.yml": {
        "global": {"scrape_interval": "5s"},
        "scrape_configs": [{"job_name": "monitor", "scrape_interval": "15s", "static_configs": []}],
        "alerting": {"alertmanagers": []},
    },
    "alertmanager.yml": {
        "route": {"receiver": "team", "group_wait": "30s", "routes": [{"receiver": "retraining"}]},
        "receivers": [
            {"name": "team"},
            {
                "name": "retraining",
                "webhook_configs": [{"url": "x", "http_config": {"authorization": {}}}],
            },
        ],
    },
}


class Server(ThreadingHTTPServer):
    """Answers with the statuses it is told, in turn, and the last one from then on."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses, self.asked = [200], list[tuple[str, str, Any]]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, self.headers.get("authorization", ""), body))
        statuses = self.server.statuses
        answer = {"predictions": [{"id": f"{row}"} for row in body.get("rows", [])]}
        content = json.dumps(answer).encode()
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name, content in CONFIGURATION.items():
        (tmp_path / name).write_text(yaml.safe_dump(content), "utf-8")
    return tmp_path


def test_a_caller_counts_every_answer_and_learns_from_the_good_ones(server: Server) -> None:
    server.statuses = [200, 503, 200]
    caller = callers.Caller(server.url, QUESTIONS, rows=2)
    caller.ask(3)
    assert caller.outcomes == {"200": 2, "503": 1}
    assert [label for _, label in caller.labels] == [0, 1, 0, 1]
    assert server.asked[0][2] == {"rows": [{"x": 0}, {"x": 1}]}


def test_a_service_that_is_gone_is_a_lost_request(server: Server) -> None:
    url = server.url
    server.shutdown()
    server.server_close()
    caller = callers.Caller(url, QUESTIONS)
    caller.ask(1)
    assert caller.outcomes == {"ConnectionRefusedError": 1}


def test_labels_are_told_until_they_are_taken(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "PAUSE_SECONDS", 0.01)
    server.statuses = [404, 503, 200]
    callers.tell(server.url, "of-a-test", [("id-1", True)])
    path, token, body = server.asked[-1]
    assert (len(server.asked), path, token) == (3, "/v1/labels", "Bearer of-a-test")
    (label,) = body["labels"]
    assert (label["prediction_id"], label["label"]) == ("id-1", True)


def test_labels_that_nobody_takes_are_told_of(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "PATIENCE", 0.0)
    server.statuses = [401]
    with pytest.raises(StepFailed, match="401"):
        callers.tell(server.url, "of-a-test", [("id-1", True)])


def test_rules_look_back_for_seconds_instead_of_minutes() -> None:
    rules = "increase(a[15m]) > 0 unless a offset 15m\n  for: 15m\n  rate(b[6h])"
    hurried = "increase(a[15s]) > 0 unless a offset 15s\n  for: 1s\n  rate(b[6h])"
    assert watchers.hurried(rules) == hurried


def test_the_project_is_scraped_where_it_runs(source: Path) -> None:
    found = watchers.scrapes(source, {"monitor": "127.0.0.1:1"}, "127.0.0.1:2")
    (job,) = found["scrape_configs"]
    assert job == {"job_name": "monitor", "static_configs": [{"targets": ["127.0.0.1:1"]}]}
    (target,) = found["alerting"]["alertmanagers"]
    assert target == {"static_configs": [{"targets": ["127.0.0.1:2"]}]}


def test_alerts_reach_the_monitor_with_the_token_and_the_routes_stay(source: Path) -> None:
    found = watchers.routes(source, "127.0.0.1:1", Path("token"))
    assert found["route"]["routes"] == [{"receiver": "retraining"}]
    (webhook,) = found["receivers"][1]["webhook_configs"]
    assert webhook["url"] == "http://127.0.0.1:1/alerts"
    assert webhook["http_config"] == {"authorization": {"credentials_file": "token"}}


def test_prometheus_says_which_series_its_scrapes_announce() -> None:
    known = {"beat": [{"type": "histogram"}], "songs_total": [{"type": "counter"}]}
    with web(lambda *_: (200, "application/json", {"data": known})) as url:
        found = watchers.Watchers(prometheus=url, alertmanager="").scraped()
    assert found == {"beat_bucket", "beat_sum", "beat_count", "songs_total"}


def test_a_metric_that_no_scrape_brought_while_the_loop_closed_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = watched(tmp_path, monkeypatch)

    def closed(*scraped: str) -> Callable[..., Figures]:
        return lambda *_: Figures(1, 1, 1, 1, 100, 0, frozenset(scraped))

    monkeypatch.setattr(checks_loop, "close", closed("songs_total"))
    Closed().run(subject)
    monkeypatch.setattr(checks_loop, "close", closed("notes_total"))
    with pytest.raises(Failed, match="no scrape brought songs_total"):
        Closed().run(subject)


def test_what_does_not_happen_is_said() -> None:
    with pytest.raises(StepFailed, match="no alert within 0 s"):
        workshop.wait(lambda: False, 0, "no alert")


def test_without_prometheus_the_loop_is_not_verified_and_the_demo_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotVerified, match="prometheus"):
        Closed().run(fake_subject(tmp_path))
    with pytest.raises(Refused, match="install it, or leave out --loop"):
        demo.run(tmp_path / "new", demo.Progress(), tmp_path, loop=True)
    assert not (tmp_path / "new").exists()
