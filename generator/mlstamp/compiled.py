"""Templates compiled once: Copier compiles each part of each path anew, four thousand in a render.

That is half of the time of a render. What is known is kept for the life of the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jinja2 import Environment

_known: dict[tuple[object, ...], Any] = {}


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let Jinja remember what it compiled; one thread at a time may be within."""
    whole: Any = Environment.compile
    changed: Any = Environment  # its overloads know nothing of a pass-through

    def compile_once(env: Environment, source: object, *rest: object, **more: object) -> Any:
        if not isinstance(source, str):
            return whole(env, source, *rest, **more)
        key = (*_dialect(env), source, rest, tuple(more.items()))
        if key not in _known:
            _known[key] = whole(env, source, *rest, **more)
        return _known[key]

    changed.compile = compile_once
    try:
        yield
    finally:
        changed.compile = whole


def _dialect(env: Environment) -> tuple[object, ...]:
    """Return what the code of a template depends on beside its text."""
    marks = (env.variable_start_string, env.block_start_string, env.comment_start_string)
    spaces = (env.keep_trailing_newline, env.trim_blocks, env.lstrip_blocks)
    return type(env), tuple(env.extensions), marks, spaces
