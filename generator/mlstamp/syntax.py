"""Python's own parser, by one thread at a time.

Before 3.11.8 and 3.12.2 it counts the depth of all threads together, and fails when the garbage
collector lets one in on another (python/cpython#106905).
"""

from __future__ import annotations

import ast
import threading

_ONE_AT_A_TIME = threading.Lock()


def parse(text: str) -> ast.Module:
    """Return the tree of a module; raises SyntaxError."""
    with _ONE_AT_A_TIME:
        return ast.parse(text)
