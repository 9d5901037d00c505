"""Stands in for GitLab, as far as a job asks it: for what an earlier one left, and for notes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from ..api import Reply, Request, answering_with, in_json
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
    with serving(answering_with(partial(_replies, server))) as server.url:
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


def _replies(server: GitLab, asked: Request) -> Reply:
    if TOKEN not in (asked.headers.get("JOB-TOKEN"), asked.headers.get("PRIVATE-TOKEN")):
        return in_json({"message": "404 Not found"}, 404)
    return Reply(*server.answer(asked.method, asked.url, asked.body))
