"""An API that is played: a function from a request to a reply, with the HTTP around it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """What somebody asks: `url` is path and query, as they were sent."""

    method: str
    url: str
    headers: Message = field(default_factory=Message)
    body: bytes = b""

    @property
    def host(self) -> str:
        """The name by which the server was asked."""
        return str(self.headers.get("Host", ""))

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The query; of a name that comes twice, the last value."""
        return dict(parse_qsl(urlsplit(self.url).query))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form that was sent."""
        return dict(parse_qsl(self.body.decode()))

    @property
    def authorization(self) -> str:
        """What it shows to be let in: a scheme, a space, and a secret."""
        return str(self.headers.get("Authorization", ""))

    def json(self) -> Any:
        """Return the JSON that was sent, an empty object where nothing was."""
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Reply:
    """What is answered, as bytes."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def in_json(content: object, status: int = 200, **headers: str) -> Reply:
    """Return a reply in JSON; a `_` in the name of a header is a `-` there."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(content).encode(), headers=named)


class Api(BaseHTTPRequestHandler, ABC):
    """Reads each request to its end, and says nothing of it anywhere else."""

    @abstractmethod
    def respond(self, request: Request) -> None:
        """Do what this server does: at the least, `send` a reply."""

    def do_GET(self) -> None:
        """Respond, whatever the method."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.respond(Request(self.command, self.path, self.headers, body))

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - as http.server has it

    def send(self, reply: Reply) -> None:
        """Send a reply."""
        self.send_response(reply.status)
        about = {"Content-Type": reply.media_type, "Content-Length": str(len(reply.body))}
        for name, value in {**about, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else reply.body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: what is played knows what it was asked."""


def answering_with(answer: Callable[[Request], Reply]) -> type[Api]:
    """Return the handler of a server that answers like this."""

    class Played(Api):
        def respond(self, request: Request) -> None:
            self.send(answer(request))

    return Played
