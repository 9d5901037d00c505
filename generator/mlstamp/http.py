"""The little HTTP that checks and the demo need, without a dependency."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A response, whatever its status."""

    status: int
    headers: Message
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.headers.get_content_type()

    def json(self) -> Any:
        """Return the parsed body, or None when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def get(url: str, timeout: float = 30) -> Answer:
    """Ask for a URL."""
    return _send(urllib.request.Request(url), timeout)


def post(url: str, body: object, timeout: float = 60, token: str = "") -> Answer:
    """Send JSON; bytes are sent as they are, well-formed or not."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return _send(urllib.request.Request(url, data=data, headers=headers), timeout)


def put(url: str) -> Answer:
    """Ask for a place to be made."""
    return _send(urllib.request.Request(url, method="PUT"), timeout=30)


def _send(request: urllib.request.Request, timeout: float) -> Answer:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # always this machine
    try:
        with opener.open(request, timeout=timeout) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())
