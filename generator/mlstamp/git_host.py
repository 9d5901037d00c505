"""Repositories over HTTP, as a server has them: git's own `http-backend`, around a folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from .api import Reply, Request
from .errors import StepFailed
from .source import git

GIVEN = {
    "CONTENT_TYPE": "Content-Type",
    "GIT_PROTOCOL": "Git-Protocol",
    "HTTP_CONTENT_ENCODING": "Content-Encoding",
}


def hosted(source: Path, repository: Path) -> None:
    """Make a bare repository of another one, from which is fetched and to which is pushed."""
    repository.parent.mkdir(parents=True, exist_ok=True)
    git("clone", "--quiet", "--bare", str(source), str(repository))
    git("config", "http.receivepack", "true", cwd=repository)
    git("config", "uploadpack.allowFilter", "true", cwd=repository)


def answer(root: Path, asked: Request) -> Reply:
    """Return what git says to who fetches or pushes; `root` has the repositories, by their paths.

    Raises StepFailed when git says nothing that could be sent.
    """
    given = {name: str(asked.headers.get(header, "")) for name, header in GIVEN.items()}
    place = {"GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": "played"}
    place |= {"PATH_INFO": asked.path, "QUERY_STRING": urlsplit(asked.url).query}
    place |= {"REQUEST_METHOD": asked.method, "CONTENT_LENGTH": str(len(asked.body))}
    environment = {**os.environ, **given, **place}
    words = ("git", "http-backend")
    done = subprocess.run(words, input=asked.body, capture_output=True, env=environment)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    if done.returncode or not head:
        raise StepFailed(f"git http-backend: {done.stderr.decode('utf-8', 'replace')[-300:]}")
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n"))
    status = int(headers.pop("Status", "200").split()[0])
    return Reply(status, body, headers.pop("Content-Type", "text/plain"), headers)
