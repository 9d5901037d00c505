"""Run the service under uvicorn."""

import os
import socket
import tempfile

import uvicorn

from ..config import ServingSettings
from ..errors import StageError

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
GRACE_SECONDS = 15  # for requests under way when the service is told to stop


def run(factory: str, settings: ServingSettings, host: str | None, port: int | None) -> None:
    """Serve "module:factory" until stopped; raises StageError when the address is taken."""
    host = settings.host if host is None else host
    port = settings.port if port is None else port
    _check_free(host, port)
    with tempfile.TemporaryDirectory(prefix="metrics-") as folder:
        if settings.workers > 1:
            # Each worker counts for itself; the folder lets any of them answer for all.
            os.environ.setdefault(METRICS_FOLDER, folder)
        uvicorn.run(
            factory,
            factory=True,
            host=host,
            port=port,
            workers=settings.workers,
            access_log=False,  # it halves the throughput; the metrics count every request
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            if os.name == "posix":  # on Windows it would allow a port that is taken
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise StageError(
            f"{host}:{port} cannot be listened on ({error.strerror or error}): "
            "choose another with --port."
        ) from error
