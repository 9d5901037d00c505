"""Linters before each commit: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestPreCommit(Optional):
    """The rules that every capability keeps to."""

    name = "pre_commit"
    words = r"pre-commit|pre_commit"
