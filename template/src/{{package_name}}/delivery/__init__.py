"""Delivery: one image, known by its digest, goes from a release to an environment and back."""

from typing import TYPE_CHECKING, Annotated, Protocol

from pydantic import Field

from ..config import Count, Section, Share
from ..errors import StageError

if TYPE_CHECKING:
    from .release import Release

LOCAL = "local"  # the environment that every project has: two containers on this machine


class DeliverySettings(Section):
    """What a canary has to show, and who may have signed what is deployed."""

    canary_percent: Annotated[int, Field(ge=1, le=50)] = 10
    ready_seconds: Annotated[float, Field(gt=0)] = 120  # from the start of a container
    probe_seconds: Annotated[float, Field(gt=0)] = 30  # of load on a canary
    connections: Count = 4
    max_failed: Share = 0.001  # of the requests
    max_p99_seconds: Annotated[float, Field(gt=0)] = 0.25
    tolerance: Annotated[float, Field(gt=0)] = 1e-6  # between a score and its golden one
    signed_by: str = ""  # a pattern for the workflow that signs: no other image leaves this machine
    issuer: str = "https://token.actions.githubusercontent.com"


class BusyError(StageError):
    """Somebody else changes the environment: theirs is not ours to take back."""


class Target(Protocol):
    """Where a service runs: it has a stable image, and for a while a canary beside it."""

    def current(self) -> str:
        """Return the stable image, name@digest, or nothing before the first deployment."""

    def start(self, image: str, percent: int) -> str:
        """Run a canary for so many per cent of the requests; return the URL to probe."""

    def promote(self, image: str) -> str:
        """Let the image answer everything, without a canary; return its URL."""

    def stop(self) -> None:
        """Take the canary away; the stable image answers everything."""

    def remove(self) -> None:
        """Take the stable image away as well: nothing answers, as before the first deployment."""


def deploy(target: Target, release: "Release", options: DeliverySettings) -> str:
    """Take a release into service behind a canary; raises StageError once all is as before."""
    before = target.current()
    if before in ("", release.image):
        return revert(target, release, options)
    try:
        _probe(target.start(release.image, options.canary_percent), release, options)
    except BusyError:
        raise
    except BaseException as error:
        target.stop()
        raise _undone(error, f"The canary was taken away, {before} answers") from error
    return _promote(target, release, options, before)


def revert(target: Target, release: "Release", options: DeliverySettings) -> str:
    """Let a release answer at once: the first of all, or one that did well before."""
    return _promote(target, release, options, target.current())


def _promote(target: Target, release: "Release", options: DeliverySettings, before: str) -> str:
    try:
        url = target.promote(release.image)
        _probe(url, release, options)
    except BusyError:
        raise
    except BaseException as error:
        _take_back(target, before, error)
        raise _undone(error, f"{before or 'Nothing'} answers, as before") from error
    return url


def _take_back(target: Target, before: str, error: BaseException) -> None:
    """Let answer what answered before, if only nothing; raises StageError if that fails too."""
    try:
        if before:
            target.promote(before)
        else:
            target.remove()
    except StageError as lost:
        raise StageError(f"{error}; and it could not be taken back: {lost}") from lost


def _probe(url: str, release: "Release", options: DeliverySettings) -> None:
    from .probe import probe

    if faults := probe(url, release, options):
        raise StageError("; ".join(faults))


def _undone(error: BaseException, what: str) -> BaseException:
    """Return the failure with what was done about it; an interruption stays one."""
    if isinstance(error, StageError):
        return StageError(f"{what}: {error}")
    return error
