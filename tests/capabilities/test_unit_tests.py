"""Unit tests of every stage: there when asked for, gone without a trace when not."""

from __future__ import annotations

from pathlib import Path

from tests.capabilities.support import assert_owns_exactly, traces
from tests.conftest import Rendered
from tests.support import files

WORDS = r"tests/unit|--cov|pytest-cov|(?<!\.)\bcoverage\b"


def test_its_manifest_lists_just_the_files_that_come_and_go(
    template: Path, rendered: Rendered
) -> None:
    on, off = rendered(profile="everything"), rendered(profile="everything", unit_tests=False)
    assert_owns_exactly(template, "unit_tests", on, off)


def test_an_option_that_is_off_leaves_no_trace(rendered: Rendered) -> None:
    assert traces(rendered(profile="everything", unit_tests=False), WORDS) == []


def test_it_can_be_the_only_one(template: Path, rendered: Rendered) -> None:
    on, off = rendered(profile="minimal", unit_tests=True), rendered(profile="minimal")
    assert_owns_exactly(template, "unit_tests", on, off)
    assert traces(on, WORDS)


def test_those_of_the_problem_of_serving_and_of_the_lifecycle_always_come_along(
    rendered: Rendered,
) -> None:
    always = {"tests/contract/test_skew.py", "tests/e2e/test_lifecycle.py"}
    assert always | {"tests/problem/test_behaviour.py"} <= files(rendered(profile="minimal"))
