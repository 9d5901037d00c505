"""A proxy that leads to one server of this machine, whatever the host is called that is asked."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from .stand_in import serving


@contextmanager
def tunnel(port: int, *hosts: str) -> Iterator[str]:
    """Yield the URL of a proxy that takes these hosts for this port of ours, and knows no other."""
    with serving(_handler({f"{host}:443" for host in hosts}, port)) as proxy:
        yield proxy


def _handler(known: set[str], port: int) -> type[BaseHTTPRequestHandler]:
    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            self.close_connection = True
            if self.path not in known:
                self.send_error(502)
                return
            with socket.create_connection(("127.0.0.1", port)) as there:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=_pass_on, args=(there, self.connection), daemon=True)
                back.start()
                _pass_on(self.connection, there)
                back.join()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Proxy


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)
