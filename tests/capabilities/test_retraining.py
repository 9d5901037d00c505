"""Training again by itself: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestRetraining(Optional):
    """The rules that every capability keeps to."""

    name = "retraining"
    # The tables of the log are the same for all, and know the word as well.
    words = (
        r"(churn|just|action:) retrain|types: \[retrain\]|monitoring[/.]retraining|retraining\.md"
    )
    needs = ("drift", "monitoring", "rollout")
