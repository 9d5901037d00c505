"""The page of the ML Test Score says what the template's score is."""

from __future__ import annotations

from mlstamp.checks import score
from scripts import make_score
from tests.support import ROOT


def test_the_page_is_what_the_score_says_now() -> None:
    written = make_score.PAGE.read_text(encoding="utf-8")
    assert written == make_score.page(ROOT), (
        "docs/ml-test-score.md is out of date: run uv run python generator/scripts/make_score.py"
    )


def test_with_every_capability_only_what_waits_for_a_setting_is_no_point() -> None:
    items = make_score.score(ROOT)
    assert [item.name for item in items.values() if item.where] == ["M1", "M7"]
    assert score.points(items) == {"D": 7, "M": 5, "I": 7, "Mo": 7}


def test_a_capability_that_is_off_costs_points() -> None:
    for name in make_score.CAPABILITIES:
        assert sum(score.points(make_score.score(ROOT, name)).values()) < 28
