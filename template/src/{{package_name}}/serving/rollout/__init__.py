"""Take over a new champion while the service runs, and try the challenger beside it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Protocol

from pydantic import Field

from ...config import Section, Settings, Share
from ...errors import StageError
from ...registry import CHALLENGER, MISSING, Pointer, read_pointer, read_verdict
from .trial import Role, Trial, end

if TYPE_CHECKING:
    from ..ports import Observer
    from .service import RollingService


class Aliases(Protocol):
    """Who is champion and challenger."""

    def __init__(self, settings: Settings) -> None:
        """Open the registry."""

    def version(self, alias: str) -> Pointer | None:
        """Return the version that has this alias, or None."""


class RolloutSettings(Section):
    """How a running service learns of another model, and how a challenger is tried."""

    check_seconds: Annotated[float, Field(gt=0)] = 2
    trial: Role = "shadow"  # scores what the champion answers; a canary answers some requests
    canary_share: Share = 0.05


def make_service(
    settings: Settings, options: RolloutSettings, observers: Sequence["Observer"]
) -> "RollingService":
    """Return the service that follows the registry."""
    from .service import RollingService

    return RollingService(settings, observers, options.check_seconds)


def try_out(
    settings: Settings, options: RolloutSettings, registry: type[Aliases], stop: bool
) -> None:
    """Begin or stop a trial; raises StageError when the challenger may not answer anybody."""
    bundles = settings.registry.bundles
    if stop:
        end(bundles)
        print("No challenger is tried any more.")
        return
    begun = _begin(settings, options, registry(settings).version(CHALLENGER))
    begun.write(bundles)
    part = f"{begun.share:.1%} of the requests" if begun.share else "no request"
    print(f"Version {begun.challenger.version} is tried as {begun.role}: it answers {part}.")


def _begin(settings: Settings, options: RolloutSettings, challenger: Pointer | None) -> Trial:
    if challenger is None:
        raise StageError(MISSING[CHALLENGER])
    champion, share = read_pointer(settings.registry.bundles), 0.0
    if options.trial == "canary":
        share = options.canary_share
        refusals = read_verdict(settings.evaluation.reports, challenger.digest).refusals
        if refusals:
            raise StageError(f"The gates refuse this Bundle: {' '.join(refusals)}")
    return Trial(challenger=challenger, beside=champion.since, role=options.trial, share=share)
