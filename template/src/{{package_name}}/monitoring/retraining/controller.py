"""Decides whether an alert leads to another training: once, not too often, with enough to learn."""

import hashlib
from datetime import UTC, datetime, timedelta
from threading import Lock

from ...errors import StageError
from ..database import connect
from . import RetrainingSettings, evidence
from .backends import BACKENDS
from .requests import FAILED, SKIPPED, Requests

KEY_LENGTH = 64


class Controller:
    """Asks the backend for a training, or says why not."""

    def __init__(self, options: RetrainingSettings, log_url: str) -> None:
        self._options = options
        self._engine = connect(log_url)
        self._requests = Requests(self._engine)
        self._start = BACKENDS[options.backend]
        self._lock = Lock()

    def ask(self, trigger: str, key: str) -> tuple[str, str]:
        """Return what was done and why; raises StageError when nothing could be."""
        with self._lock:
            if reason := self._objection():
                self._requests.skip(trigger, reason)
                return SKIPPED, reason
            return self._let_in(trigger, hashlib.sha256(key.encode()).hexdigest()[:KEY_LENGTH])

    def _objection(self) -> str:
        options, last = self._options, self._requests.last()
        if self._requests.is_running():
            return "A training is under way."
        if last and datetime.now(UTC) - last < timedelta(hours=options.cooldown_hours):
            return f"The last one began less than {options.cooldown_hours:g} hours ago."
        found = evidence.labels_since(self._engine, self._requests.last_trained())
        if found < options.min_labels:
            return f"Only {found} of {options.min_labels} labels came in since the last training."
        return evidence.fault(self._engine)

    def _let_in(self, trigger: str, key: str) -> tuple[str, str]:
        # Two monitors that get the same alert count the same, and the second finds the key taken.
        request = self._requests.open(trigger, f"{key}-{self._requests.count(key)}")
        if request is None:
            return SKIPPED, "Another monitor has taken this alert."
        try:
            result, reason = self._start(request, self._options)
        except StageError as error:
            self._requests.finish(request, FAILED, str(error))
            raise
        if result:
            self._requests.finish(request, result, reason)
        return "accepted", reason
