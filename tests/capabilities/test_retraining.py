"""Training again by itself: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestRetraining(Optional):
    """The rules that every capability keeps to."""

    name = "retraining"
    words = r"\bretrain|monitoring[/.]retraining|/alerts\b(?!\.)"
    without = ("ci", "container")  # alerts of people, and runbooks, know the word as well
    needs = ("drift", "monitoring", "rollout")
