"""Stands in for GitLab, as far as a job asks it: for what an earlier one left, and for notes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ..stand_in import serving

# What a pipeline keeps of its registry.
REGISTRY = ("bundles", "reports", "mlartifacts", "mlflow.db")
TOKEN = "of-a-test"  # noqa: S105 - of a job that is played
NOTES = "/projects/1/merge_requests/7/notes"


@dataclass
class GitLab:
    """What an earlier pipeline left, and the comments of one merge request."""

    archive: bytes = b""
    notes: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, method: str, url: str, body: bytes) -> tuple[int, bytes]:
        """Return the status, and what is said."""
        parts = urlsplit(url)
        if parts.path.startswith(NOTES):
            return 200, self._note(method, parts.path.rpartition("/")[2], parts.query, body)
        if self.archive and url.endswith("/download?job=train"):
            return 200, self.archive
        return 404, b'{"message": "404 Not found"}'

    def _note(self, method: str, number: str, query: str, body: bytes) -> bytes:
        text = parse_qs(body.decode()).get("body", [""])[0]
        if method == "POST":
            self.notes.append(text)
        elif method == "PUT":
            self.notes[int(number)] = text
        elif parse_qs(query).get("page") != ["1"]:
            return b"[]"
        return json.dumps([{"id": at, "body": one} for at, one in enumerate(self.notes)]).encode()


@contextmanager
def reachable(server: GitLab) -> Iterator[GitLab]:
    """Let a server answer at its `url` until the block ends."""
    with serving(_handler(server)) as server.url:
        yield server


def packed_registry(root: Path) -> bytes:
    """Return the registry of a folder as a server keeps it."""
    kept = [path for name in REGISTRY for path in [root / name, *(root / name).rglob("*")]]
    files = filter(Path.is_file, kept)
    return packed({path.relative_to(root).as_posix(): path.read_bytes() for path in files})


def packed(files: dict[str, bytes]) -> bytes:
    """Return a zip file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def _handler(server: GitLab) -> type[BaseHTTPRequestHandler]:
    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            known = TOKEN in (self.headers.get("JOB-TOKEN"), self.headers.get("PRIVATE-TOKEN"))
            unknown = (404, b'{"message": "404 Not found"}')
            status, body = server.answer(self.command, self.path, sent) if known else unknown
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET  # noqa: N815 - as http.server has it

        def log_message(self, *_: Any) -> None:
            """Say nothing: the log of the job tells what it asked for."""

    return Api
