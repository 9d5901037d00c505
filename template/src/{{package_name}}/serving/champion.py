"""The model that answers: found by its pointer, verified, and tried before it is trusted."""

from dataclasses import dataclass
from pathlib import Path

from ..errors import StageError
from ..registry.bundle import Bundle, read
from ..registry.records import read_pointer


@dataclass(frozen=True)
class Champion:
    """A verified Bundle and its version in the registry."""

    bundle: Bundle
    version: str


def load_champion(bundles: Path, tolerance: float) -> Champion:
    """Return the champion; raises StageError unless it is whole and answers as in training."""
    pointer = read_pointer(bundles)
    bundle = read(bundles / pointer.path)
    if bundle.digest != pointer.digest:
        raise StageError(
            f"{bundle.path} is not the Bundle that was promoted: promote or roll back again."
        )
    error = bundle.replay_error()
    if not error <= tolerance:  # NaN is no answer either
        raise StageError(
            f"{bundle.path} scores its replay rows {error:.3g} away from training "
            f"(allowed: {tolerance:.3g}): install the locked libraries or train again."
        )
    return Champion(bundle, pointer.version)
