"""The monitor: one process beside the service that runs the jobs and tells what was found."""

import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from threading import Event, Thread
from time import monotonic

import uvicorn
from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy import Engine

from ...errors import StageError, without_values
from .exporter import Findings

PACKAGE = __package__.partition(".")[0]
JOB = (sys.executable, "-m", PACKAGE, "drift")
RETENTION = (sys.executable, "-m", PACKAGE, "prune")
RETENTION_SECONDS = 86_400.0
logger = logging.getLogger(f"uvicorn.{__name__}")  # among the lines of the server


def create_monitor(engine: Engine, every_seconds: float) -> FastAPI:
    """Return the application; with 0 seconds, somebody else has to run the jobs."""
    registry = CollectorRegistry()
    registry.register(Findings(engine))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        schedule = Schedule(every_seconds)
        schedule.start()
        yield
        schedule.stop()

    app = FastAPI(title="monitor", lifespan=lifespan, openapi_url=None)

    @app.get("/live")
    def live() -> dict[str, str]:
        """Tell that the process runs."""
        return {"status": "live"}

    @app.get("/metrics", response_class=Response)
    def metrics() -> Response:
        """Return the findings; 503 while the database cannot be read."""
        try:
            return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
        except StageError as error:
            logger.error("%s", error)
            return Response(str(error), 503, media_type="text/plain")

    return app


def run(app: FastAPI, host: str, port: int) -> None:
    """Answer until stopped."""
    log = without_values(uvicorn.config.LOGGING_CONFIG)
    uvicorn.run(app, host=host, port=port, access_log=False, server_header=False, log_config=log)


class Schedule:
    """Looks for drift, and once a day prunes: each in a process, whose memory ends with it."""

    def __init__(self, every_seconds: float) -> None:
        self._seconds = every_seconds
        self._stopped = Event()
        self._running: subprocess.Popen[str] | None = None
        self._thread = Thread(target=self._work, name="drift", daemon=True)

    def start(self) -> None:
        """Begin, unless somebody else runs the jobs."""
        if self._seconds:
            self._thread.start()

    def stop(self) -> None:
        """End, with the job that runs."""
        self._stopped.set()
        if self._running:
            self._running.terminate()

    def _work(self) -> None:
        due = monotonic()
        while not self._stopped.is_set():
            self._run("drift", JOB)
            if monotonic() >= due and not self._stopped.is_set():
                self._run("retention", RETENTION)
                due = monotonic() + RETENTION_SECONDS
            self._stopped.wait(self._seconds)

    def _run(self, name: str, command: Sequence[str]) -> None:
        try:
            self._running = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
        except OSError as error:
            logger.error("The %s job could not be started: %s", name, error)
            return
        _, said = self._running.communicate()
        code = self._running.returncode
        if code and not self._stopped.is_set():
            cause = said.strip().rpartition("\n")[2] or f"it was ended with {code}, without a word"
            logger.error("The %s job failed: %s", name, cause)
