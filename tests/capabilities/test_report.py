"""The report with plots and a model card: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestReport(Optional):
    """The rules that every capability keeps to."""

    name = "report"
    words = r"matplotlib|report\.html|model_card|jinja2|evaluation[/.](plots|report)\b"
    without = ("notebook", "drift", "retraining")  # with plots and a page of their own
