"""The one kind of failure a person is meant to read, and what of the others may be told."""

import logging
import os
import re
import traceback
from collections.abc import Iterator, Mapping
from copy import deepcopy
from difflib import get_close_matches
from typing import Any


class StageError(Exception):
    """A stage cannot go on: the message is one sentence that says what to do."""


class OtherSchemaError(StageError):
    """A Bundle is whole, but was trained for columns other than problem/schema.py has now."""


def origin(prefix: str, *place: str) -> str:
    """Return the environment variable that a setting came from; where there is none, config/."""
    wanted = f"{prefix}{'__'.join(place)}__".upper()
    given = {name: f"{name.upper()}__" for name in os.environ}  # one may set all of a stage
    near = [n for n, own in given.items() if wanted.startswith(own) or own.startswith(wanted)]
    return max(near, key=len, default="config/")


def explained(fault: Mapping[str, Any], kind: Any) -> str:
    """Return what is wrong with a setting of `kind`; of a misspelt key, also what is near it."""
    if fault["type"] != "extra_forbidden":
        return str(fault["msg"])
    *sections, key = fault["loc"]
    known = kind.model_fields
    for section in sections:
        known = getattr(known[section].annotation, "model_fields", {}) if section in known else {}
    near = get_close_matches(str(key), known, 1)
    return f"{fault['msg']}{''.join(f', did you mean {name}?' for name in near)}"


def masked(text: str) -> str:
    """Return the text without the names, passwords and queries in its URLs, fit for a message.

    What is masked may be too much, never too little: a password may hold any of `@/?`.
    The @ before a ref of git, as in `name@refs/tags/v1`, ends none.
    """
    text = re.sub(r"//\S*@(?!refs/(heads|pull|tags)/)", "//***@", text)
    return re.sub(r"(//[^\s?]*)\?[^\s'\")]+", r"\1?***", text)


class WithoutValues(logging.Filter):
    """Leaves out the words of an exception: they may repeat the value that it tripped over."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Put frames and types in the place of the exception; the line itself stays."""
        if record.exc_info:
            record.exc_text = "\n".join(frames(record.exc_info[1]))
        return True


def without_values(log_config: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of a log that leaves those words out."""
    made = deepcopy(log_config)
    made["filters"] = {"values": {"()": f"{__name__}.{WithoutValues.__name__}"}}
    for handler in made["handlers"].values():
        handler["filters"] = ["values"]
    return made


def frames(error: BaseException | None) -> Iterator[str]:
    """Yield where an exception came from and its type, but none of its words."""
    if error is None:
        return
    yield from frames(
        error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    )
    yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__module__}.{type(error).__qualname__}"
