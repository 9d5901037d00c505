"""Hyperparameter search with Optuna: there when asked for, gone without a trace when not."""

from __future__ import annotations

from pathlib import Path

from tests.capabilities.support import assert_owns_exactly, traces
from tests.conftest import Rendered

WORDS = r"optuna|\btun(e|ing)\b"


def test_its_manifest_lists_just_the_files_that_come_and_go(
    template: Path, rendered: Rendered
) -> None:
    on, off = rendered(profile="everything"), rendered(profile="everything", tuning=False)
    assert_owns_exactly(template, "tuning", on, off)


def test_an_option_that_is_off_leaves_no_trace(rendered: Rendered) -> None:
    assert traces(rendered(profile="everything", tuning=False), WORDS) == []


def test_it_can_be_the_only_one(template: Path, rendered: Rendered) -> None:
    on = rendered(profile="minimal", unit_tests=True, tuning=True)
    off = rendered(profile="minimal", unit_tests=True)
    assert_owns_exactly(template, "tuning", on, off)
    assert traces(on, WORDS)
