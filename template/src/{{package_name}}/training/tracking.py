"""Where a run came from, and its record in MLflow: the version that it became."""

import hashlib
import subprocess
from importlib.metadata import version
from pathlib import Path

from ..config import Settings
from ..registry.bundle import Bundle
from ..registry.contract import CONTRACT
from ..registry.store import Registry

LIBRARIES = ("numpy", "pandas", "scikit-learn", "skops")


def record(settings: Settings, bundle: Bundle) -> str:
    """Log the run, register the Bundle as challenger and return its version."""
    registry, contract = Registry(settings), bundle.contract
    run_id = registry.log_run(
        params=contract.params,
        metrics={f"cv_{name}": value for name, value in contract.cv_metrics.items()},
        tags={
            "digest": bundle.digest,
            "data_fingerprint": contract.data_fingerprint,
            "schema_hash": contract.schema_hash,
            "git_sha": contract.git_sha,
            "lock_hash": contract.lock_hash,
            "seed": str(settings.seed),
        },
        file=bundle.path / CONTRACT,
    )
    return registry.register(bundle, run_id)


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
