"""The log of the server: where a failure happened, and never what somebody had sent."""

import traceback
from collections.abc import Iterator
from copy import deepcopy
from types import TracebackType
from typing import Any

from uvicorn.config import LOGGING_CONFIG
from uvicorn.logging import DefaultFormatter

Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WithoutValues(DefaultFormatter):
    """Leaves out the words of an exception, for they may repeat the value that it tripped over."""

    def formatException(self, ei: Raised) -> str:  # noqa: N802 - the name that logging calls
        """Return the frames and the type of an exception, and of those that led to it."""
        return "\n".join(_lines(ei[1]))


def log_config() -> dict[str, Any]:
    """Return the server's own configuration, with that formatter."""
    made: dict[str, Any] = deepcopy(LOGGING_CONFIG)
    made["formatters"]["default"]["()"] = f"{__name__}.{WithoutValues.__name__}"
    return made


def _lines(error: BaseException | None) -> Iterator[str]:
    if error is None:
        return
    yield from _lines(
        error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    )
    yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__module__}.{type(error).__qualname__}"
