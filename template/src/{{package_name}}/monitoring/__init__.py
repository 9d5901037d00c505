"""What the service says about itself: metrics, and a log of every prediction."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..config import Count, Section, Settings
from ..errors import StageError

if TYPE_CHECKING:
    from .explain import Explanation
    from .observer import Monitor

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"  # where the metrics library lets processes count


class MonitoringSettings(Section):
    """Where served predictions are remembered."""

    log_url: str = "sqlite:///predictions.db"
    queue_rows: Count = 20_000  # that wait; with so many, further requests are not remembered
    token_file: Path | None = None  # with the token of those who send labels and alerts
    keep_days: Count = 365  # until the command prune takes a prediction away


def watch(_: Settings, options: MonitoringSettings) -> "Monitor":
    """Return the observer of the service; each of its processes has one."""
    from .observer import Monitor

    return Monitor(options)


@contextmanager
def counted_together(settings: Settings) -> Iterator[None]:
    """Let the workers that are started meanwhile share their counts: any answers for all."""
    if settings.serving.workers == 1 or MULTIPROCESS in os.environ:
        yield
        return
    with TemporaryDirectory(prefix="metrics-") as folder:
        os.environ[MULTIPROCESS] = folder
        try:
            yield
        finally:
            del os.environ[MULTIPROCESS]


def replay(settings: Settings, options: MonitoringSettings, prediction_id: str) -> "Explanation":
    """Replay a logged prediction and print it; raises StageError when the scores differ."""
    from .explain import explain
    from .prediction_log import find

    explanation = explain(find(options.log_url, prediction_id), settings.registry.bundles)
    sys.stdout.write(explanation.text())
    if not explanation.equal:
        raise StageError(
            "The replay differs from the log: install the libraries that served it, "
            "unless the log had to drop rows of the same request."
        )
    return explanation
