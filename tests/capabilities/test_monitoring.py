"""Metrics and the log of predictions: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestMonitoring(Optional):
    """The rules that every capability keeps to."""

    name = "monitoring"
    words = (
        r"\bmonitoring\b|prediction_log|predictions\.db|prometheus|/metrics\b(?!\.py)|churn explain"
        r"|\bexplain ID\b|churn (?:label|migrate|prune|forget)\b|/v1/labels"
    )
    without = ("unit_tests",)  # a part of the ML Test Score is called so
    needed_by = ("drift", "retraining")
