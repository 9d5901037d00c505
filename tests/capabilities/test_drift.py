"""Drift, skew and quality: there when asked for, gone without a trace when not."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstamp.errors import Refused
from mlstamp.render import render
from mlstamp.source import Source
from tests.capabilities.support import Optional, text
from tests.conftest import Rendered


class TestDrift(Optional):
    """The rules that every capability keeps to."""

    name = "drift"
    words = r"churn drift|monitoring[/.]drift|\bDriftSettings\b|\n  drift:\n"
    needs = ("monitoring",)
    needed_by = ("retraining",)


def test_it_brings_the_log_along_and_cannot_do_without(
    template: Path, rendered: Rendered, tmp_path: Path
) -> None:
    alone = rendered(profile="minimal", drift=True)
    assert list(alone.glob("src/*/monitoring/prediction_log.py"))
    with pytest.raises(Refused, match="looked for in the log of predictions"):
        render(Source(str(template)), tmp_path / "out", {"drift": True, "monitoring": False})


def test_the_page_needs_a_library_whether_or_not_there_is_a_report(rendered: Rendered) -> None:
    for report in (True, False):
        assert '"jinja2' in text(rendered(drift=True, report=report) / "pyproject.toml")
    off = rendered(profile="minimal", report=False)
    assert "jinja2" not in text(off / "pyproject.toml")
