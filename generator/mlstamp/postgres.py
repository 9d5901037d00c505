"""A PostgreSQL of our own: on this machine alone, empty, and gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import StepFailed
from .project import clean_environment, free_port, stop

DEBIAN = Path("/usr/lib/postgresql")  # where each version has its programs
USER, PASSWORD = "keeper", "word-of-a-test"
UNPRIVILEGED = ("postgres", "nobody")  # who it may run as, for it refuses to be root


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL that is installed, or None."""
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    elsewhere = shutil.which("initdb")
    return found[-1].parent if found else Path(elsewhere).parent if elsewhere else None


@dataclass
class Postgres:
    """A server that can be killed and started again, with one database."""

    programs: Path
    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the database, with the password."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def start(self, patience: float = 30) -> None:
        """Start it, and wait until it answers."""
        places = ("-k", str(self.folder), "-h", "127.0.0.1", "-p", str(self.port))
        with (self.folder / "server.log").open("ab") as log:
            self._process = self._start("postgres", "-D", self._data, "-F", *places, stdout=log)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(StepFailed):
                self.ask("SELECT 1")
                return
            time.sleep(0.1)
        raise StepFailed(f"PostgreSQL does not answer: see {self.folder / 'server.log'}")

    def kill(self) -> None:
        """End it at once: connections break, and nothing is put in order."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(10)
            stop(self._process)

    def ask(self, statement: str) -> str:
        """Return what a statement gives, a row a line."""
        environment = clean_environment({"PGCONNECT_TIMEOUT": "5"})
        command = [str(self.programs / "psql"), "-XAtqc", statement, self.url]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=60, check=False
        )
        if done.returncode:
            raise StepFailed(f"PostgreSQL says: {done.stderr.strip()}")
        return done.stdout.strip()

    def make(self) -> None:
        """Make its files."""
        word = self.folder / "word"
        word.write_text(PASSWORD, encoding="utf-8")
        options = ("-U", USER, "--auth=scram-sha-256", "--pwfile", str(word), "--no-sync")
        made = self._start("initdb", "-D", self._data, *options, stdout=subprocess.DEVNULL)
        if made.wait(120):
            raise StepFailed("PostgreSQL cannot make its files: run initdb by hand.")

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _start(self, program: str, *words: str, stdout: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(self.programs / program), *words],
            cwd=self.folder,
            env=clean_environment({"HOME": str(self.folder)}),
            stdout=stdout,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **_unprivileged(),
        )


@contextlib.contextmanager
def postgres(programs: Path) -> Iterator[Postgres]:
    """Yield a server that runs; it is gone afterwards, and so are its files."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        server = Postgres(programs, Path(name))
        if who := _unprivileged():
            os.chown(name, who["user"], who["group"])
        server.make()
        try:
            server.start()
            yield server
        finally:
            server.kill()


def _unprivileged() -> dict[str, Any]:
    """Return what makes a program of root one of somebody else."""
    import pwd  # which Windows lacks

    if os.geteuid():
        return {}
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise StepFailed("PostgreSQL refuses to be root, and nobody else is here.")
