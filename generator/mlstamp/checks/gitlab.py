"""Stands in for GitLab, as far as a job asks it: for what an earlier pipeline left."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from ..stand_in import serving

# What a pipeline keeps of its registry.
REGISTRY = ("bundles", "reports", "mlartifacts", "mlflow.db")
TOKEN = "of-a-test"  # noqa: S105 - of a job that is played


@contextmanager
def pipeline_of(root: Path) -> Iterator[str]:
    """Yield the address of an API that has the registry of this folder as artifacts of `train`."""
    with serving(_handler(_packed(root))) as api:
        yield api


def _packed(root: Path) -> bytes:
    kept = [path for name in REGISTRY for path in [root / name, *(root / name).rglob("*")]]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in filter(Path.is_file, kept):
            archive.write(path, path.relative_to(root))
    return packed.getvalue()


def _handler(archive: bytes) -> type[BaseHTTPRequestHandler]:
    class Artifacts(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("JOB-TOKEN") == TOKEN
            there = known and self.path.endswith("/download?job=train")
            body = archive if there else b'{"message": "404 Not found"}'
            self.send_response(200 if there else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing: the log of the job tells what it asked for."""

    return Artifacts
