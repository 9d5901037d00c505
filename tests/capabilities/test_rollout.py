"""Another model without another start: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestRollout(Optional):
    """The rules that every capability keeps to."""

    name = "rollout"
    words = r"churn trial|serving[/.]rollout|\bhot_swap\b|\bRolloutSettings\b"
    needed_by = ("retraining",)
