"""Linters before each commit: there when asked for, gone without a trace when not."""

from __future__ import annotations

from pathlib import Path

from tests.capabilities.support import assert_owns_exactly, traces
from tests.conftest import Rendered

WORDS = r"pre-commit|pre_commit"


def test_its_manifest_lists_just_the_files_that_come_and_go(
    template: Path, rendered: Rendered
) -> None:
    on, off = rendered(profile="everything"), rendered(profile="everything", pre_commit=False)
    assert_owns_exactly(template, "pre_commit", on, off)


def test_an_option_that_is_off_leaves_no_trace(rendered: Rendered) -> None:
    assert traces(rendered(profile="everything", pre_commit=False), WORDS) == []


def test_it_can_be_the_only_one(template: Path, rendered: Rendered) -> None:
    on, off = rendered(profile="minimal", pre_commit=True), rendered(profile="minimal")
    assert_owns_exactly(template, "pre_commit", on, off)
    assert traces(on, WORDS)
