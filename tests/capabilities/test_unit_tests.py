"""Unit tests of every stage: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional
from tests.conftest import Rendered
from tests.support import files


class TestUnitTests(Optional):
    """The rules that every capability keeps to."""

    name = "unit_tests"
    words = r"tests/(unit|contract|e2e)|--cov|pytest-cov|(?<!\.)\bcoverage\b"


def test_those_of_the_problem_always_come_along(rendered: Rendered) -> None:
    assert "tests/problem/test_behaviour.py" in files(rendered(profile="minimal"))
