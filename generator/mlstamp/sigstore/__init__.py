"""A Sigstore of our own, which a real cosign trusts for one run, and nothing else does.

It is a program of its own, for it needs `cryptography`, which the harness does not.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ..http import get
from ..project import free_port
from ..stand_in import answering

if TYPE_CHECKING:
    from . import server  # noqa: F401 - what a check found rests on its code as well

PACKAGE = "cryptography==50.0.2"
GITHUB = "https://token.actions.githubusercontent.com"
HOST = "https://github.com/"  # before the name of a workflow, in its certificate


@dataclass(frozen=True)
class Sigstore:
    """Where it answers, and the folder of what cosign keeps of it."""

    url: str
    folder: Path

    def trusted(self) -> dict[str, str]:
        """Return the variables that make cosign trust this one alone."""
        return {
            "TUF_MIRROR": f"{self.url}/tuf",
            "TUF_ROOT": str(self.folder / "tuf"),
            "TUF_ROOT_JSON": str(self.folder / "root.json"),
        }

    def workflow(self, ref: str, issuer: str = GITHUB) -> dict[str, str]:
        """Return the variables of a job that is a workflow, `OWNER/NAME/PATH@REF`, for its issuer.

        They are those of a job on GitHub that may ask for a token of its own.
        """
        asked = urlencode({"job_workflow_ref": ref, "iss": issuer})
        return self.trusted() | {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/token?{asked}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-this-run",
        }


@contextlib.contextmanager
def sigstore(folder: Path) -> Iterator[Sigstore]:
    """Yield a Sigstore that nobody has signed with; it is gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    made = Sigstore(f"http://127.0.0.1:{port}", folder)
    place = str(Path(__file__).resolve().parents[2])
    words = ("uvx", "--python", sys.executable, "--with", PACKAGE, "python")
    module = ("-m", f"{__name__}.server", str(port))
    with answering((*words, *module), port, folder / "sigstore.log", PYTHONPATH=place):
        (folder / "root.json").write_bytes(get(f"{made.url}/tuf/1.root.json").body)
        yield made
