"""Metrics and the log of predictions: there when asked for, gone without a trace when not."""

from __future__ import annotations

from pathlib import Path

from tests.capabilities.support import Optional, assert_owns_exactly
from tests.conftest import Rendered

NEED_IT = ("drift", "retraining")


class TestMonitoring(Optional):
    """The rules that every capability keeps to."""

    name = "monitoring"
    words = (
        r"\bmonitoring\b|prediction_log|predictions\.db|prometheus|/metrics\b(?!\.py)|churn explain"
        r"|\bexplain ID\b|churn (?:label|migrate|prune|forget)\b|/v1/labels"
    )

    def test_its_manifest_lists_just_the_files_that_come_and_go(
        self, template: Path, rendered: Rendered
    ) -> None:
        on = rendered(profile="everything", **dict.fromkeys(NEED_IT, False))
        assert_owns_exactly(template, self.name, on, self._off(rendered))

    def _off(self, rendered: Rendered, *others: str) -> Path:
        return super()._off(rendered, *NEED_IT, *others)
