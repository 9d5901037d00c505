"""More gates for a challenger: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestStrictGates(Optional):
    """The rules that every capability keeps to."""

    name = "strict_gates"
    words = r"strict_gates|evaluation[./]strict\b|registry[./]weigh\b|fairness"
