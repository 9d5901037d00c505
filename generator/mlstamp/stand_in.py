"""A server that stands in for a service of a cloud, on this machine alone."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .errors import StepFailed
from .project import clean_environment, stop

# As a server notes a request in its log.
WRITES = re.compile(r"\b(DELETE|PATCH|POST|PUT) (/\S+)")


@dataclass(frozen=True)
class Place:
    """Where a state is kept: the variables by which Terraform gets there, and is it locked?

    `log` has a line for each request that was answered.
    """

    environment: Mapping[str, str]
    locked: Callable[[], bool]
    log: Path = Path(os.devnull)

    def writes(self) -> list[str]:
        """Return each request so far that was more than a look: its method and path."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return [" ".join(found) for found in WRITES.findall(text)]


@contextlib.contextmanager
def serving(
    handler: type[BaseHTTPRequestHandler], shown: tuple[Path, Path] | None = None
) -> Iterator[str]:
    """Yield the address of a server in this process, which ends with the block.

    With a certificate and its key it speaks TLS.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if shown:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*shown)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if shown else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certified(folder: Path, name: str) -> tuple[Path, Path]:
    """Return a certificate for a name (`DNS:...`, `IP:...`), its own authority, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = ("-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=played")
    places = ("-keyout", str(key), "-out", str(certificate))
    command = ("openssl", "req", "-x509", *made, "-addext", f"subjectAltName={name}", *places)
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise StepFailed(f"openssl made no certificate: {done.stderr[-300:]}")
    return certificate, key


@contextlib.contextmanager
def answering(
    command: Sequence[str], port: int, log: Path, patience: float = 60, **variables: str
) -> Iterator[None]:
    """Run a server until the block ends; raises StepFailed unless it listens on its port."""
    group = sys.platform != "win32"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            env=clean_environment(variables),
            start_new_session=group,
        )
        try:
            _wait(port, process, log, patience)
            yield
        finally:
            stop(process)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=2),
        ):
            return
        time.sleep(0.2)
    raise StepFailed(f"{log.stem} does not answer: see {log}")
