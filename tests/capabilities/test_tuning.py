"""Hyperparameter search with Optuna: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestTuning(Optional):
    """The rules that every capability keeps to."""

    name = "tuning"
    words = r"optuna|\btun(e|ing)\b"
