"""The check of the log in PostgreSQL turns red on planted faults, and a real server can be had."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from email.message import Message
from itertools import count
from pathlib import Path

import pytest

from mlstamp.checks import log
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from mlstamp.http import Answer
from mlstamp.postgres import PASSWORD, Postgres, postgres, programs
from mlstamp.project import Completed, Service
from tests.checks.fakes import FakeProject, fake_subject, good_service
from tests.support import Route

IDS = ["id-0", "id-1"]


@dataclass
class Database:
    """A database that says what a test wants it to say."""

    says: str = "0"
    url: str = "postgresql://nowhere"
    killed: list[str] = field(default_factory=list)

    def ask(self, statement: str) -> str:
        return "1" if "version" in statement else self.says

    def kill(self) -> None:
        self.killed.append("killed")

    def start(self) -> None:
        self.killed.append("started")


@dataclass
class Desk:
    """What answers labels: `status` while the database is away."""

    database: Database
    status: int = 503
    retry: str = "5"
    open_to_all: bool = False
    news: Iterator[int] = field(default_factory=lambda: iter([2, 0]))

    def post(self, url: str, body: object, timeout: float = 0, token: str = "") -> Answer:
        headers = Message()
        if not token and not self.open_to_all:
            return Answer(401, headers, b"")
        if self.database.killed[-1:] == ["killed"]:
            headers["Retry-After"] = self.retry
            return Answer(self.status, headers, b"")
        new = next(self.news, 0)
        return Answer(200, headers, b'{"received": 2, "new": %d}' % new)


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """A service that does all right, with its parts to break."""
    return Play(tmp_path, monkeypatch)


class Play:
    """One service, its desk and its database."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database = Database()
        self.desk = Desk(self.database)
        self.lost = self.kept = 1
        self.folder, self._patch = folder, monkeypatch

    def survives(self, route: Route = good_service) -> None:
        lost, kept = count(1, self.lost), count(1, self.kept)
        self._patch.setattr(log, "AWAY_SECONDS", 0.05)
        self._patch.setattr("mlstamp.checks.reliability.PATIENCE", 1.0)
        self._patch.setattr(log, "dropped", lambda _: next(lost) * bool(self.lost))
        self._patch.setattr(log, "rows", lambda _: next(kept))
        self._patch.setattr(log, "post", self.desk.post)
        with self.subject(route) as (subject, service):
            log.survives(subject, self.database, service, "id-0")  # type: ignore[arg-type]

    def labelled(self, found: str) -> None:
        self.database.says = found
        self._patch.setattr(log, "post", self.desk.post)
        with self.subject(good_service) as (subject, service):
            log.labelled(subject.project, subject, self.database, service, IDS)  # type: ignore[arg-type]

    @contextmanager
    def subject(self, route: Route) -> Iterator[tuple[Subject, Service]]:
        subject = fake_subject(self.folder, route)
        with subject.project.serving() as service:
            yield subject, service


def test_a_service_that_outlives_its_database_is_green(play: Play) -> None:
    play.survives()
    assert play.database.killed == ["killed", "started"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"lost": 0}, "lost predictions are not counted"),
        ({"kept": 0}, "the log does not recover"),
        ({"status": 200}, "a label that cannot be kept got 200"),
        ({"retry": ""}, "nobody is told to send the label again"),
    ],
)
def test_a_loss_that_is_silent_is_red(play: Play, fault: dict[str, object], words: str) -> None:
    for name, value in fault.items():
        setattr(play if hasattr(play, name) else play.desk, name, value)
    with pytest.raises(Failed, match=words):
        play.survives()
    assert play.database.killed == ["killed", "started"]


def test_an_answer_that_is_lost_with_the_database_is_red(play: Play) -> None:
    def route(path: str, body: bytes) -> tuple[int, str, object]:
        bad = path == "/v1/predict"
        return (500, "application/json", {}) if bad else good_service(path, body)

    with pytest.raises(Failed, match="500"):
        play.survives(route)


def test_labels_that_are_taken_once_are_green(play: Play) -> None:
    play.labelled("4")


def test_labels_from_anybody_or_counted_twice_or_lost_are_red(play: Play) -> None:
    with pytest.raises(Failed, match="3 labels instead of 4"):
        play.labelled("3")
    play.desk.news = iter([2, 2])
    with pytest.raises(Failed, match=r"labels: .*new"):
        play.labelled("4")
    play.desk.open_to_all = True
    with pytest.raises(Failed, match="from anybody"):
        play.labelled("4")


class Explains(FakeProject):
    """A project whose explain command ends with this code."""

    code = 1
    words = "There is no prediction id-1"

    def run(self, *command: str, timeout: float = 600) -> Completed:
        path = self.root / "said"
        path.write_text(self.words, encoding="utf-8")
        return Completed(command, self.code, timeout, "", path)


def test_what_is_left_after_it_was_taken_away_is_red(tmp_path: Path) -> None:
    subject = fake_subject(tmp_path)
    project = Explains(tmp_path, tmp_path / "logs")
    log.taken_away(project, Database(), IDS)  # type: ignore[arg-type]
    with pytest.raises(Failed, match="of id-0 are left"):
        log.taken_away(project, Database("1"), IDS)  # type: ignore[arg-type]
    project.words += f" in {PASSWORD}@host"
    with pytest.raises(Failed, match="the password of the database is shown"):
        log.taken_away(project, Database(), IDS)  # type: ignore[arg-type]
    project.code = 0
    with pytest.raises(Failed, match="it says"):
        log.taken_away(project, Database(), IDS)  # type: ignore[arg-type]
    assert subject.root == tmp_path


@dataclass
class Watched(FakeProject):
    """A project whose monitor runs, and that finds so many examples to learn from."""

    examples: str = "3"

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        said = self.examples if "python" in command else ""
        return Completed(command, 0, 0.0, f"{said}\n", done.log)

    @contextmanager
    def daemon(self, *command: str, ready: str, timeout: float = 60) -> Iterator[Service]:
        self.commands.append(command)
        yield Service(ready, 0, self.root / "log")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({}, ""),
        ({"examples": "2"}, "2 examples of 3 labelled predictions"),
        ({"status": 200}, "a wish got 200, written down as failed"),
        ({"scrape": ""}, "the monitor does not tell"),
    ],
)
def test_a_loop_that_does_not_work_in_the_database_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object], words: str
) -> None:
    told = 'x{result="failed",trigger="alert"} 1.0\nml_drift_score{feature="score",method="psi"} 0'
    facts: dict[str, object] = {"examples": "3", "status": 503, "scrape": told} | fault
    project = Watched(tmp_path, tmp_path / "logs", examples=str(facts["examples"]))
    database = Database()
    monkeypatch.setattr(database, "ask", lambda asked: "3" if "labels" in asked else "failed")
    scrape = Answer(200, Message(), str(facts["scrape"]).encode())
    monkeypatch.setattr(log, "get", lambda _: scrape)
    answer = Answer(int(str(facts["status"])), Message(), b"")
    monkeypatch.setattr(log, "post", lambda *_, **__: answer)
    with pytest.raises(Failed, match=words) if words else nullcontext():
        log.loop(project, fake_subject(tmp_path), database)  # type: ignore[arg-type]


def test_without_a_server_or_a_driver_nothing_is_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "programs", lambda: None)
    with pytest.raises(NotVerified, match="postgresql"):
        log.PostgreSQL().run(fake_subject(tmp_path))
    broken = fake_subject(tmp_path, broken=("import psycopg",))
    with pytest.raises(NotVerified, match="psycopg"):
        log.with_driver(broken, Database())  # type: ignore[arg-type]


@pytest.mark.skipif(programs() is None, reason="there is no PostgreSQL here")
def test_a_server_of_our_own_is_killed_started_again_and_leaves_nothing() -> None:
    found = programs()
    assert found
    with postgres(found) as server:
        server.ask("CREATE TABLE kept AS SELECT 1 AS one")
        server.kill()
        with pytest.raises(StepFailed, match="PostgreSQL says"):
            server.ask("SELECT 1")
        server.start()
        assert server.ask("SELECT one FROM kept") == "1"
        assert server.folder.is_dir()
    assert not server.folder.exists()


def test_programs_that_are_not_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlstamp.postgres.DEBIAN", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert programs() is None
    for version in ("9", "15"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    assert programs() == tmp_path / "15" / "bin"


def test_a_server_that_cannot_start_says_where_to_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlstamp.postgres._unprivileged", dict)
    for name in ("postgres", "psql"):
        false = tmp_path / name
        false.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        false.chmod(0o755)
    server = Postgres(tmp_path, tmp_path)
    with pytest.raises(StepFailed, match=r"does not answer: see .*server\.log"):
        server.start()
