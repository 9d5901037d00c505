"""The model registry: who is challenger, champion and previous champion, and how that changes."""

from contextlib import suppress

from ..config import Settings
from ..errors import OtherSchemaError, StageError
from ..files import alone
from . import (
    CHALLENGER,
    CHAMPION,
    MISSING,
    POINTER,
    PREVIOUS,
    Pointer,
    read_pointer,
    read_verdict,
)
from .bundle import Bundle, read, read_contract
from .versions import Versions

LOCK, BUSY = ".registry.lock", "Another promotion or rollback is running: try again."


class Registry:
    """Bundles in a folder, versions and aliases in MLflow; each refusal is a StageError."""

    def __init__(self, settings: Settings) -> None:
        self._reports = settings.evaluation.reports
        self._bundles = settings.registry.bundles
        self._versions = Versions(settings)

    def add(self, bundle: Bundle) -> str:
        """Register the Bundle, name it challenger and return its version."""
        version = self._versions.add(bundle)
        self._versions.name(CHALLENGER, version)
        return version

    def version(self, alias: str) -> Pointer | None:
        """Return the version that has this alias, or None."""
        return self._versions.named(alias)

    def bundle(self, alias: str) -> Bundle:
        """Return the verified Bundle that has this alias; raises StageError when none has."""
        return read(self._bundles / self._required(alias).path)

    def rival(self) -> Bundle | None:
        """Return the champion to beat; None when there is none, or it knows other columns."""
        champion = self.version(CHAMPION)
        with suppress(OtherSchemaError):
            return read(self._bundles / champion.path) if champion else None
        return None

    def promote(self) -> Pointer:
        """Make the challenger champion; raises StageError when a gate or another run forbids it."""
        with alone(self._bundles / LOCK, BUSY):
            new = self._required(CHALLENGER)  # once: a training may go on
            rival, bundle = self._to_beat(), read(self._bundles / new.path)
            verdict = read_verdict(self._reports, bundle.digest)
            if verdict.refusals:
                raise StageError(f"The gates refuse this Bundle: {' '.join(verdict.refusals)}")
            if rival not in (verdict.champion, bundle.digest):
                raise StageError("The champion changed since the evaluation: evaluate again.")
            return self._crown(new, self.version(CHAMPION))

    def rollback(self) -> Pointer:
        """Swap champion and previous champion; raises StageError when there is no previous one."""
        with alone(self._bundles / LOCK, BUSY):
            champion = self._required(CHAMPION)
            new = self._before(champion)
            try:
                read(self._bundles / new.path)
            except OtherSchemaError as error:
                raise StageError(
                    f"Version {new.version} was trained for another problem/schema.py: check out "
                    "the code that it was trained with, then roll back."
                ) from error
            return self._crown(new, champion)

    def retire(self) -> Pointer:
        """Let there be no champion, and return who was; its version and Bundle stay."""
        with alone(self._bundles / LOCK, BUSY):
            champion = self._required(CHAMPION)
            (self._bundles / POINTER).unlink(missing_ok=True)
            self._versions.forget(CHAMPION)
            return champion

    def _to_beat(self) -> str | None:
        """Return the digest of rival(), whose model need not be loaded for that."""
        champion = self.version(CHAMPION)
        with suppress(OtherSchemaError):
            return read_contract(self._bundles / champion.path)[1] if champion else None
        return None

    def _before(self, champion: Pointer) -> Pointer:
        meant = champion
        with suppress(StageError):  # a broken pointer says nothing
            meant = read_pointer(self._bundles).model_copy(update={"since": ""})
        if meant == champion:
            return self._required(PREVIOUS)
        # The last command was cut short: a promotion is undone, a rollback completed.
        return champion if meant == self.version(CHALLENGER) else meant

    def _required(self, alias: str) -> Pointer:
        if found := self.version(alias):
            return found
        raise StageError(MISSING[alias])

    def _crown(self, new: Pointer, old: Pointer | None) -> Pointer:
        # The pointer first: cut short here, the same command completes what is left.
        new.write(self._bundles)
        if old and old != new:
            self._versions.name(PREVIOUS, old.version)
        self._versions.name(CHAMPION, new.version)
        if self.version(CHALLENGER) == new:
            self._versions.forget(CHALLENGER)
        return new
