"""The record of a run in MLflow: what went in, what came out, and the version it became."""

from ..config import Settings
from ..registry.contract import CONTRACT
from ..registry.store import Registry
from .train import Trained


def record(settings: Settings, trained: Trained, registry: Registry) -> str:
    """Log the run, register the Bundle as challenger and return its version."""
    contract = trained.bundle.contract
    run_id = registry.log_run(
        params=contract.params,
        metrics={f"cv_{name}": value for name, value in contract.cv_metrics.items()},
        tags={
            "digest": trained.bundle.digest,
            "data_fingerprint": contract.data_fingerprint,
            "schema_hash": contract.schema_hash,
            "git_sha": contract.git_sha,
            "lock_hash": contract.lock_hash,
            "seed": str(settings.seed),
        },
        artifact=trained.bundle.path / CONTRACT,
    )
    return registry.register(trained.bundle, run_id)
