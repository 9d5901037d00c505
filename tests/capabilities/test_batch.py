"""Scoring whole Parquet files: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestBatch(Optional):
    """The rules that every capability keeps to."""

    name = "batch"
    words = r"churn batch|serving[/.]batch|\bBatchSettings\b"
