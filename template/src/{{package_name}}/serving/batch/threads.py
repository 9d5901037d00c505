"""Work on chunks in several threads, holding no more of them than there are threads."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_threads(
    work: Callable[..., T], items: Iterable[tuple[object, ...]], threads: int | None
) -> Iterator[T]:
    """Yield what `work` returns for each item, in their order; as many threads as cores for None.

    The first failure is raised once the work that was begun is done.
    """
    most = threads or os.cpu_count() or 1
    waiting: deque[Future[T]] = deque()
    with ThreadPoolExecutor(most) as pool:
        for item in items:
            waiting.append(pool.submit(work, *item))
            if len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
