"""After stamping: give the project the dependency versions that were tested.

`uv.lock.seed` locks everything that any choice of answers can need. uv keeps the versions of a lock
that it finds and drops the packages that this project does not use.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

SEED = Path(__file__).with_name("uv.lock.seed")
_OWN_NAME = re.compile(
    r'(?m)^name = "[^"]+"(?=\nversion = .*\nsource = \{ (?:editable|virtual) = )'
)


def run(destination: Path, seed: Path = SEED) -> tuple[bool, str]:
    """Write `uv.lock`; return whether it worked and a sentence that says so.

    Without uv or a network no lock is left behind: `uv sync` makes one later.
    """
    lock = destination / "uv.lock"
    if lock.exists():
        return False, "uv.lock was left as it is, because the project already has one."
    if shutil.which("uv") is None:
        return False, "No uv.lock was made, because uv is not installed: `uv sync` makes one later."
    if not seed.is_file():
        return False, "No uv.lock was made, because this template ships no tested versions."
    lock.write_bytes(renamed(seed.read_text(encoding="utf-8"), project_name(destination)).encode())
    done = subprocess.run(
        ["uv", "lock", "--quiet"], cwd=destination, capture_output=True, text=True
    )
    if done.returncode:
        lock.unlink()
        return False, f"No uv.lock was made: {_reason(done.stderr)} `uv sync` makes one later."
    return True, "Locked the dependencies at the tested versions."


def renamed(seed: str, name: str) -> str:
    """Return the seed with the project's own name where the seed names itself."""
    return _OWN_NAME.sub(f'name = "{name}"', seed, count=1)


def project_name(destination: Path) -> str:
    """Return the distribution name that pyproject.toml gives the project."""
    text = (destination / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["name"])


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith("error")), "uv lock failed")
    return f"{said.removeprefix('error: ').rstrip('.')}."


if __name__ == "__main__":
    worked, sentence = run(Path(sys.argv[1]))
    print(sentence)
    sys.exit(0)
