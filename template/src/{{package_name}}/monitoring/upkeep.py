"""Keeps the prediction log up to date, by a program that the service need not load."""

import logging
import subprocess
import sys
from time import monotonic

from .store import HEAD, Store

MIGRATE_SECONDS = 300.0  # it may take
PAUSE_SECONDS = 60.0  # until what has failed is tried again
logger = logging.getLogger(f"uvicorn.{__name__}")  # among the lines of the server


class Upkeep:
    """Brings the tables about where they are missing or old; newer ones it leaves alone."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._is_done = False
        self._resume = 0.0

    def see_to(self, again: bool = False) -> bool:
        """Look, if it is time to, and tell whether the tables are other ones now.

        Raises what the driver raises.
        """
        if self._is_done and not again:
            return False
        due = self._store.revision() < HEAD
        renewed = due and monotonic() >= self._resume and self._migrate()
        self._is_done = renewed or not due
        return renewed

    def _migrate(self) -> bool:
        try:
            done = subprocess.run(
                [sys.executable, "-m", f"{__package__}.database"],
                input=self._store.url,  # not among the arguments, which everybody can see
                capture_output=True,
                text=True,
                timeout=MIGRATE_SECONDS,
            )
            cause = done.stderr.strip().rpartition("\n")[2] if done.returncode else ""
        except (OSError, subprocess.SubprocessError) as error:
            cause = type(error).__name__
        if cause:
            self._resume = monotonic() + PAUSE_SECONDS
            logger.error("Nothing is logged until the command migrate was run: %s", cause)
        return not cause
