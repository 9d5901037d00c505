"""What the service does when things go wrong around it: it goes on answering."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ..http import get
from ..load import Load
from ..project import Project, Service
from .base import Check, NotVerified, Subject, expect
from .runtime import replay

REQUESTS, SWAPS, SWAP_SECONDS = 18_000, 10, 2.0  # half an hour's worth at ten a second
GROWTH = 1.1  # of memory, from the first third of the swaps to the last
WORKERS, CONNECTIONS = 2, 4
SOME = 500  # requests, before and after a worker is killed
PATIENCE = 30.0  # seconds, for what has to happen in the end
LOCKED_SECONDS = 7.0  # longer than the log waits for a lock


class Swaps(Check):
    """Champions change every few seconds under load: no request fails, and memory stays flat."""

    id = "reliability.swaps"
    requires = ("runtime.rollback",)  # which leaves two Bundles
    capability = "rollout"
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """A request fails while champions change, one is not taken over, or memory grows."""
        pointer = subject.root / "bundles" / "champion.json"
        before = pointer.read_bytes()
        project = configured(subject.project, OPTIONS__ROLLOUT__CHECK_SECONDS="0.2")
        sizes: list[int] = []
        try:
            with project.serving() as service, under_load(service, subject) as load:
                while len(sizes) < SWAPS or load.sent < REQUESTS:
                    swap(pointer, service)
                    time.sleep(SWAP_SECONDS)
                    sizes.append(memory(service))
        finally:
            pointer.write_bytes(before)
        expect(set(load.outcomes) == {"200"}, f"under load: {dict(load.outcomes)}")
        expect(is_flat(sizes), f"memory in MiB after each swap: {sizes}")


def swap(pointer: Path, service: Service) -> None:
    """Make another Bundle the champion, as the registry would, and wait until it answers."""
    now = json.loads(pointer.read_bytes())
    others = (path.parent for path in pointer.parent.glob("*/contract.json"))
    other = next(folder for folder in sorted(others) if folder.name != now["path"])
    digest = bundle_digest(other)
    facts = {"version": other.name, "digest": digest, "path": other.name}
    staging = pointer.with_suffix(".next")
    staging.write_text(json.dumps(now | facts), encoding="utf-8")
    staging.replace(pointer)
    url = f"{service.url}/v1/model"
    wait_until(lambda: get(url).json()["digest"] == digest, "a new champion is not taken over")


def bundle_digest(folder: Path) -> str:
    """Return the digest that names a Bundle."""
    return hashlib.sha256((folder / "contract.json").read_bytes()).hexdigest()


def is_flat(sizes: list[int]) -> bool:
    """Tell whether the last third of a series is hardly above the first."""
    third = max(1, len(sizes) // 3)
    return max(sizes[-third:]) <= GROWTH * max(sizes[:third])


class KilledWorker(Check):
    """A worker is killed under load: the others answer, and another takes its place."""

    id = "reliability.killed_worker"
    requires = ("runtime.serving",)
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """A killed worker takes others down, is not replaced, or clients are told of an error."""
        project = configured(subject.project, SERVING__WORKERS=str(WORKERS))
        with project.serving() as service, under_load(service, subject) as load:
            before = workers(service)
            expect(len(before) == WORKERS, f"{len(before)} workers of {WORKERS}")
            wait_until(lambda: load.sent > SOME, "the load does not begin")
            os.kill(before[0], signal.SIGKILL)
            wait_until(
                lambda: len(set(workers(service)) - {before[0]}) == WORKERS,
                "the killed worker is not replaced",
            )
            after = load.sent
            wait_until(lambda: load.sent > after + SOME, "the load does not go on")
        broken = load.outcomes.total() - load.outcomes["200"]
        told = [outcome for outcome in load.outcomes if outcome.isdigit() and outcome != "200"]
        expect(not told, f"clients were told {told}")
        expect(broken <= 2 * CONNECTIONS, f"{broken} connections broke: {dict(load.outcomes)}")


class BrokenLog(Check):
    """The prediction log is locked, then its disk is full: all is answered, losses are counted."""

    id = "reliability.log"
    requires = ("runtime.serving",)
    capability = "monitoring"
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """A prediction fails with its log, a loss is not counted, or the log does not recover."""
        path = subject.work / "log.db"
        path.unlink(missing_ok=True)
        project = configured(
            subject.project,
            OPTIONS__MONITORING__LOG_URL=f"sqlite:///{path.as_posix()}",
            OPTIONS__MONITORING__QUEUE_ROWS="500",
        )
        with project.serving() as service, under_load(service, subject) as load:
            wait_until(lambda: logged(path) > 0, "nothing is logged")
            for trouble in (locked(path), full(service)):
                lost = dropped(service)
                with trouble:
                    time.sleep(LOCKED_SECONDS)
                    expect(dropped(service) > lost, "lost predictions are not counted")
                wait_until(grows(path), "the log does not recover")
        expect(set(load.outcomes) == {"200"}, f"under load: {dict(load.outcomes)}")


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the database as a hanging program would."""
    with contextlib.closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextlib.contextmanager
def full(service: Service) -> Iterator[None]:
    """Let no file of the service grow, as on a full disk."""
    import resource

    none = (0, resource.RLIM_INFINITY)
    pids = service.pids()
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE, none) for pid in pids}
    try:
        yield
    finally:
        for pid, limits in before.items():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def logged(path: Path) -> int:
    """Return how many predictions are in the log; 0 while there is none to be read."""
    if not path.exists():
        return 0
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return int(connection.execute("SELECT count(*) FROM predictions").fetchone()[0])
    except sqlite3.Error:
        return 0


def grows(path: Path) -> Callable[[], bool]:
    """Return what tells whether more is logged than now."""
    now = logged(path)
    return lambda: logged(path) > now


def dropped(service: Service) -> float:
    """Return how many predictions the service says it could not log."""
    lines = get(f"{service.url}/metrics").body.decode().splitlines()
    name = "ml_prediction_log_dropped_total "
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def configured(project: Project, **settings: str) -> Project:
    """Return the project with settings from variables, as a deployment gives them."""
    if sys.platform != "linux":
        raise NotVerified("processes as only Linux shows them")
    own = {f"{project.package.upper()}_{name}": value for name, value in settings.items()}
    return replace(project, environment={**project.environment, **own})


def under_load(service: Service, subject: Subject) -> Load:
    """Return a load of one recorded row on the service."""
    body = json.dumps({"rows": replay(subject)["rows"][:1]}).encode()
    return Load(f"{service.url}/v1/predict", body, CONNECTIONS)


def workers(service: Service) -> list[int]:
    """Return the processes that answer, the oldest first."""
    spawned = (pid for pid in service.pids() if b"spawn_main" in command_line(pid))
    return sorted(spawned)


def command_line(pid: int) -> bytes:
    """Return the command line of a process, or nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def memory(service: Service) -> int:
    """Return the resident memory of all processes of the service, in MiB."""
    page = os.sysconf("SC_PAGE_SIZE")
    pages = 0
    for pid in service.pids():
        with contextlib.suppress(OSError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return int(pages * page) >> 20


def wait_until(happens: Callable[[], bool], otherwise: str, patience: float = 0) -> None:
    """Wait for something; fail with the sentence when it takes too long."""
    patience = patience or PATIENCE
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if happens():
            return
        time.sleep(0.1)
    expect(False, f"{otherwise} within {patience:.0f} s")
