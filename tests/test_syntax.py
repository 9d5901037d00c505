"""Python that several threads read at a time."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlstamp import syntax

TEXT = Path(syntax.__file__).with_name("runner.py").read_text(encoding="utf-8")


@pytest.fixture
def interrupted() -> Iterator[None]:
    """Let another thread in at each look of the garbage collector, and let it look often."""
    thresholds = gc.get_threshold()

    def give_way(*_: object) -> None:
        time.sleep(0.0005)

    gc.callbacks.append(give_way)
    gc.set_threshold(50)
    yield
    gc.set_threshold(*thresholds)
    gc.callbacks.remove(give_way)


@pytest.mark.usefixtures("interrupted")
def test_two_threads_may_read_python_at_a_time() -> None:
    with ThreadPoolExecutor(2) as threads:
        trees = list(threads.map(syntax.parse, [TEXT] * 4))
    assert len({len(tree.body) for tree in trees}) == 1
