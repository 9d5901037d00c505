"""A stamped repository on disk: run its commands with logs and timeouts, serve it, stop it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from .errors import StepFailed
from .http import get

# Each of these would make a project use somebody else's environment, or run slower than it is.
_FOREIGN = (
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "UV_PROJECT",
    "UV_PROJECT_ENVIRONMENT",
    "PRE_COMMIT_HOME",
    "COVERAGE_FILE",
)


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what belongs to this process alone."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _FOREIGN and not name.startswith(("GIT_", "COV_CORE_", "PYTEST_"))
    }
    return {**kept, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", **(extra or {})}


_running: set[subprocess.Popen[bytes]] = set()
_stopping = threading.Event()


def is_stopping() -> bool:
    """Tell whether this process is on its way out."""
    return _stopping.is_set()


def stop_everything() -> None:
    """End every command of every project, and let none begin: for Ctrl-C."""
    _stopping.set()
    for process in list(_running):
        stop(process, patience=2)


@dataclass(frozen=True)
class Completed:
    """What one command did: its exit code, seconds, and all it wrote."""

    command: tuple[str, ...]
    code: int
    seconds: float
    stdout: str
    log: Path

    def tail(self, lines: int = 12) -> str:
        """Return the last lines of the log, which is where the reason stands."""
        text = self.log.read_text(encoding="utf-8", errors="replace").rstrip()
        return "\n".join(text.splitlines()[-lines:])


@dataclass(frozen=True)
class Service:
    """A server that runs: the leader of a process group, on Linux of its own session too."""

    url: str
    leader: int
    log: Path

    def pids(self) -> list[int]:
        """Return all its processes; only Linux shows them."""
        found = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
        return sorted(pid for pid in found if _session(pid) == self.leader)


@dataclass
class Project:
    """A repository and the folder that its logs go to (outside of the repository)."""

    root: Path
    logs: Path
    environment: dict[str, str] = field(default_factory=clean_environment)
    launcher: tuple[str, ...] = ("uv", "run")
    _count: int = 0

    @property
    def name(self) -> str:
        """The project's own command line, which is also its distribution name."""
        return str(next(iter(self.pyproject()["project"]["scripts"])))

    @property
    def package(self) -> str:
        """The import name, read from the entry point."""
        entry = str(self.pyproject()["project"]["scripts"][self.name])
        return entry.partition(":")[0].partition(".")[0]

    def pyproject(self) -> dict[str, Any]:
        """Return pyproject.toml."""
        return tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))

    def champion(self) -> Path:
        """Return the folder of the champion's Bundle."""
        pointer = self.root / "bundles" / "champion.json"
        if not pointer.is_file():
            raise StepFailed(f"{pointer} is missing: no model was promoted.")
        folder = pointer.parent / str(json.loads(pointer.read_text(encoding="utf-8"))["path"])
        if not folder.is_dir():
            raise StepFailed(f"{folder} is missing, though {pointer.name} points to it.")
        return folder

    def run(self, *command: str, timeout: float = 600) -> Completed:
        """Run a command in the project; its whole process group ends with it."""
        log = self._log(command)
        started = time.monotonic()
        with log.open("wb") as errors, _group(command, self, subprocess.PIPE, errors) as process:
            try:
                output, _ = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                stop(process)
                raise StepFailed(
                    f"`{' '.join(command)}` took more than {timeout:.0f} s: see {log}"
                ) from None
        with log.open("ab") as combined:
            combined.write(output)
        seconds = time.monotonic() - started
        return Completed(
            command, process.returncode, seconds, output.decode("utf-8", "replace"), log
        )

    def must(self, *command: str, timeout: float = 600) -> Completed:
        """Run a command that has to exit with 0."""
        done = self.run(*command, timeout=timeout)
        if done.code:
            words = " ".join(command)
            raise StepFailed(f"`{words}` exited with {done.code}: see {done.log}\n{done.tail()}")
        return done

    def cli(self, *words: str, timeout: float = 600) -> Completed:
        """Run the project's own command, as its users do."""
        return self.must(*self.launcher, self.name, *words, timeout=timeout)

    def recipe(self, name: str, timeout: float = 600) -> Completed:
        """Run a just recipe, as its users do."""
        return self.must(*self.launcher, "just", name, timeout=timeout)

    @contextlib.contextmanager
    def serve(self, timeout: float = 60) -> Iterator[str]:
        """Yield the base URL of a server that is ready; it is gone afterwards."""
        with self.serving(timeout) as service:
            yield service.url

    @contextlib.contextmanager
    def serving(self, timeout: float = 60) -> Iterator[Service]:
        """Yield a server that is ready, and what is known of it; it is gone afterwards."""
        url = f"http://127.0.0.1:{(port := free_port())}"
        command = (*self.launcher, self.name, "serve", "--port", str(port))
        with self.daemon(*command, ready=f"{url}/ready", timeout=timeout) as service:
            yield replace(service, url=url)

    @contextlib.contextmanager
    def daemon(self, *command: str, ready: str, timeout: float = 60) -> Iterator[Service]:
        """Yield a program once it answers at `ready` with 200; it is gone afterwards."""
        log = self._log(tuple(word for word in command if word not in self.launcher))
        with log.open("wb") as out, _group(command, self, out, out) as process:
            try:
                _wait_until_ready(ready, process, log, timeout)
                yield Service(ready, process.pid, log)
            finally:
                stop(process)

    def _log(self, command: tuple[str, ...]) -> Path:
        self.logs.mkdir(parents=True, exist_ok=True)
        self._count += 1
        words = [word for word in command if word not in {"uv", "run"}][:3]
        name = "-".join("".join(c if c.isalnum() else "_" for c in word)[:24] for word in words)
        return self.logs / f"{self._count:02d}-{name}.log"


@contextlib.contextmanager
def _group(
    command: tuple[str, ...], project: Project, out: int | IO[bytes], errors: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command as a process group of its own, so that stopping it stops all it started."""
    if _stopping.is_set():
        raise StepFailed("interrupted")
    try:
        process = subprocess.Popen(
            command,
            cwd=project.root,
            env=project.environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            **_own_group(),
        )
    except FileNotFoundError:
        raise StepFailed(f"{command[0]} is not installed: install it and try again.") from None
    _running.add(process)
    try:
        yield process
    finally:
        _running.discard(process)
        if process.poll() is None:
            stop(process)
        if process.stdout:
            process.stdout.close()


def _own_group() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def stop(process: subprocess.Popen[bytes], patience: float = 10) -> None:
    """End a process and everything it started: politely first, then by force."""
    if process.poll() is None:
        _signal_group(process, force=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    _signal_group(process, force=True)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], *, force: bool) -> None:
    if sys.platform == "win32":
        words = ["taskkill", "/T", "/PID", str(process.pid), *(["/F"] if force else [])]
        subprocess.run(words, capture_output=True)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL if force else signal.SIGTERM)


def _session(pid: int) -> int | None:
    """Return the session of a process; none where it has ended, or Linux does not name it.

    It tells 0 of its own threads, and in a container of every process that came in from outside.
    """
    try:
        return os.getsid(pid) or None
    except ProcessLookupError:
        return None


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(
    url: str, process: subprocess.Popen[bytes], log: Path, timeout: float
) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StepFailed(f"the server ended with {process.returncode}: see {log}")
        with contextlib.suppress(OSError):
            if get(url, timeout=2).status == 200:
                return
        time.sleep(0.1)
    raise StepFailed(f"the server was not ready after {timeout:.0f} s: see {log}")
