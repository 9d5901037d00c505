"""Each check of a service in trouble turns red on a planted fault."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain, count, repeat
from pathlib import Path

import pytest

from mlstamp.checks import reliability
from mlstamp.checks.base import Failed, Subject
from mlstamp.project import Service
from tests.checks.fakes import fake_subject, good_service
from tests.support import Route, write_all

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the checks look into /proc")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "REQUESTS": 40,
        "SWAPS": 3,
        "SWAP_SECONDS": 0.05,
        "PATIENCE": 1.0,
        "LOCKED_SECONDS": 0.05,
        "SOME": 20,
    }.items():
        monkeypatch.setattr(reliability, name, value)


def failing(times: int, status: int = 503) -> Route:
    """Return a service that answers badly so many times."""
    left = chain(repeat(True, times), repeat(False))

    def answer(path: str, body: bytes) -> tuple[int, str, object]:
        bad = path == "/v1/predict" and next(left)
        return (status, "application/json", {}) if bad else good_service(path, body)

    return answer


@pytest.fixture
def following(tmp_path: Path) -> Callable[[Route], Subject]:
    """Return a function that gives two Bundles to a service that follows the pointer."""

    def make(route: Route) -> Subject:
        def follow(path: str, body: bytes) -> tuple[int, str, object]:
            if path == "/v1/model":
                return 200, "application/json", json.loads(pointer.read_bytes())
            return route(path, body)

        subject = fake_subject(tmp_path, follow)
        pointer = tmp_path / "bundles" / "champion.json"
        write_all(tmp_path / "bundles", {"abc/contract.json": "1", "def/contract.json": "2"})
        return subject

    return make


def test_a_service_that_takes_over_each_champion_is_green(
    following: Callable[[Route], Subject], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reliability, "memory", lambda _: 100)
    pointer = tmp_path / "bundles" / "champion.json"
    subject = following(good_service)
    before = pointer.read_bytes()
    reliability.Swaps().run(subject)
    assert pointer.read_bytes() == before


def test_a_request_that_fails_during_a_swap_is_red(
    following: Callable[[Route], Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reliability, "memory", lambda _: 100)
    with pytest.raises(Failed, match=r"'503': 1"):
        reliability.Swaps().run(following(failing(1)))


def test_a_champion_that_is_not_taken_over_is_red(tmp_path: Path) -> None:
    def stubborn(path: str, body: bytes) -> tuple[int, str, object]:
        said = {"digest": "abc"} if path == "/v1/model" else None
        return (200, "application/json", said) if said else good_service(path, body)

    subject = fake_subject(tmp_path, stubborn)
    write_all(tmp_path / "bundles", {"abc/contract.json": "1", "def/contract.json": "2"})
    with pytest.raises(Failed, match="a new champion is not taken over"):
        reliability.Swaps().run(subject)


def test_memory_that_grows_with_each_swap_is_red(
    following: Callable[[Route], Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = count(100, 20)
    monkeypatch.setattr(reliability, "memory", lambda _: next(sizes))
    with pytest.raises(Failed, match="memory in MiB"):
        reliability.Swaps().run(following(good_service))


@pytest.fixture
def _killed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    found = chain([[1, 2]], repeat([2, 3]))
    monkeypatch.setattr(reliability, "workers", lambda _: next(found))
    monkeypatch.setattr(os, "kill", lambda *_: None)
    yield


@pytest.mark.usefixtures("_killed")
def test_a_worker_that_is_replaced_is_green(tmp_path: Path) -> None:
    reliability.KilledWorker().run(fake_subject(tmp_path, good_service))


@pytest.mark.usefixtures("_killed")
def test_a_client_that_is_told_of_a_killed_worker_is_red(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"clients were told \['500'\]"):
        reliability.KilledWorker().run(fake_subject(tmp_path, failing(1, 500)))


@pytest.mark.usefixtures("_killed")
def test_a_worker_that_stays_away_is_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reliability, "workers", lambda _: [1, 2])
    with pytest.raises(Failed, match="the killed worker is not replaced"):
        reliability.KilledWorker().run(fake_subject(tmp_path, good_service))


class Log:
    """A prediction log that is counted; `losses` and `rows` say how it goes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, losses: int = 1, rows: int = 1) -> None:
        lost, kept = count(0, losses), count(1, rows)
        monkeypatch.setattr(reliability, "dropped", lambda _: next(lost))
        monkeypatch.setattr(reliability, "logged", lambda _: next(kept))


def test_a_log_that_counts_what_it_loses_and_recovers_is_green(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Log(monkeypatch)
    reliability.BrokenLog().run(fake_subject(tmp_path, good_service))


def test_a_prediction_that_fails_with_its_log_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Log(monkeypatch)
    with pytest.raises(Failed, match=r"'500': 1"):
        reliability.BrokenLog().run(fake_subject(tmp_path, failing(1, 500)))


@pytest.mark.parametrize(
    ("fault", "words"),
    [("losses", "lost predictions are not counted"), ("rows", "the log does not recover")],
)
def test_a_log_that_is_silent_or_stays_away_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, words: str
) -> None:
    Log(monkeypatch, **{fault: 0})
    with pytest.raises(Failed, match=words):
        reliability.BrokenLog().run(fake_subject(tmp_path, good_service))


def test_what_is_logged_and_lost_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    assert reliability.logged(path) == 0
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE predictions (id)")
        connection.execute("INSERT INTO predictions VALUES (1)")
        connection.commit()
    assert reliability.logged(path) == 1
    with (
        closing(sqlite3.connect(path, timeout=0)) as other,
        reliability.locked(path),
        pytest.raises(sqlite3.OperationalError),
    ):
        other.execute("INSERT INTO predictions VALUES (2)")


def test_the_memory_of_a_service_is_seen(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(program, start_new_session=True) as child:
        service = Service("", child.pid, tmp_path)
        assert service.pids() == [child.pid]
        reliability.wait_until(lambda: reliability.memory(service) > 1, "it has no memory")
        child.kill()


def test_processes_that_came_into_a_container_are_not_a_services(tmp_path: Path) -> None:
    unnamed = 0  # the session that Linux tells of them, and of its own threads
    assert Service("", unnamed, tmp_path).pids() == []
