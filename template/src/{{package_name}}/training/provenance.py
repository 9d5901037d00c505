"""Where a run comes from: the code, the locked packages, the libraries."""

import hashlib
import subprocess
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("numpy", "pandas", "scikit-learn", "skops")


def git_sha() -> str:
    """Return the commit, with -dirty when files differ from it, or "unversioned"."""
    head = _git("rev-parse", "HEAD")
    if not head:
        return "unversioned"
    return f"{head}-dirty" if _git("status", "--porcelain") else head


def lock_hash() -> str:
    """Return the SHA-256 of uv.lock, or "unlocked"."""
    lock = Path("uv.lock")
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else "unlocked"


def libraries() -> dict[str, str]:
    """Return the versions that the model's bytes depend on."""
    return {name: version(name) for name in LIBRARIES}


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
