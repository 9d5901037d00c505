"""Remembered scores: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestCache(Optional):
    """The rules that every capability keeps to."""

    name = "cache"
    words = r"serving[/.]cache|\bcachetools\b|\bredis\b|\bCacheSettings\b"
