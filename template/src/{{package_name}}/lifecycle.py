"""The stages joined up: what each command of the command line does, in a few lines.

Each function imports its own stage, so that no command waits for libraries it does not use.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import wiring
from .config import Settings
from .registry.records import VERDICT, Pointer, Verdict, read_pointer, read_verdict

if TYPE_CHECKING:
    from .data.prepare import Result
    from .registry.bundle import Bundle


@dataclass(frozen=True)
class Standing:
    """One alias: the version behind it and, once evaluated, the verdict on it."""

    alias: str
    version: Pointer
    verdict: Verdict | None


def prepare(settings: Settings) -> "Result":
    """Snapshot, check and split the data."""
    from .data.prepare import prepare

    return prepare(settings.data)


def train(settings: Settings) -> tuple["Bundle", str]:
    """Fit a challenger and register it; return it and its version."""
    from .training.tracking import record
    from .training.train import train

    bundle = train(settings, wiring.SEARCH)
    return bundle, record(settings, bundle)


def evaluate(settings: Settings) -> Verdict:
    """Judge the challenger against the champion, if there is one."""
    from .evaluation.evaluate import evaluate
    from .registry.store import CHALLENGER, CHAMPION, Registry

    registry = Registry(settings)
    champion = registry.bundle(CHAMPION) if registry.rival() else None
    return evaluate(settings, registry.bundle(CHALLENGER), champion)


def promote(settings: Settings) -> Pointer:
    """Make the challenger champion if the gates allow it."""
    from .registry.store import Registry

    return Registry(settings).promote()


def rollback(settings: Settings) -> Pointer:
    """Put the previous champion back."""
    from .registry.store import Registry

    return Registry(settings).rollback()


def champion(settings: Settings) -> "Bundle":
    """Return the verified Bundle that serving would load."""
    from .registry.bundle import read

    return read(settings.registry.bundles / read_pointer(settings.registry.bundles).path)


def standings(settings: Settings) -> list[Standing]:
    """Return who is who, with what evaluation said of each."""
    from .registry.store import CHALLENGER, CHAMPION, PREVIOUS, Registry

    registry = Registry(settings)
    found = [(alias, registry.version(alias)) for alias in (CHALLENGER, CHAMPION, PREVIOUS)]
    return [
        Standing(alias, version, _verdict(settings, version)) for alias, version in found if version
    ]


def _verdict(settings: Settings, version: Pointer) -> Verdict | None:
    reports = settings.evaluation.reports
    judged = (reports / version.path / VERDICT).is_file()  # the last file that evaluation writes
    return read_verdict(reports, version.digest) if judged else None
