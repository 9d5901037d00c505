"""An analysis that lets a bad canary go on, or stops a good one, is red: Prometheus is real."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlstamp.checks import analysis
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.checks.dashboards import CANARY
from mlstamp.loop.watchers import PROMETHEUS
from mlstamp.project import Project
from tests.support import ROOT

HERE = shutil.which(PROMETHEUS) and shutil.which("promtool")
real = pytest.mark.skipif(not HERE, reason=f"not verified here: {PROMETHEUS}")


def subject(folder: Path, before: str = "", after: str = "") -> Subject:
    """Return a project with the analysis of the template, in which one thing is changed."""
    text = (ROOT / "template" / CANARY).read_text(encoding="utf-8")
    assert before in text
    path = folder / "project" / CANARY
    path.parent.mkdir(parents=True)
    path.write_text(text.replace(before, after) if before else text, encoding="utf-8")
    project = Project(folder / "project", folder / "logs")
    return Subject(project, folder, "everything", {"monitoring": True, "deploy": "kubernetes"})


@real
def test_the_analysis_of_the_template_is_green(tmp_path: Path) -> None:
    analysis.Analysed().run(subject(tmp_path))


@real
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("<= 0.01", "<= 0.02", "errors: errors is Successful, not Failed"),
        ("<= 0.05", "<= 0.06", "slow: slow is Successful, not Failed"),
        (">= 100", ">= 90", "quiet: requests is Successful, not Inconclusive"),
        (">= 100", ">= 110", "busy-enough: requests is Inconclusive, not Successful"),
        ('le="0.25"', 'le="0.5"', "slow: slow is Successful"),
        ('where="score"', 'where="input"', "sound: nonfinite is Failed"),
        ("[5m]", "[10m]", "probed: errors is Failed"),
        ('namespace="{{args.namespace}}",', "", "sound: errors is Failed"),
        ("isNaN(result[0]) || ", "", "silent: errors is Failed"),
        ('status=~"5.."', 'status=~"4.."', "errors: errors is Successful"),
        ("result[0] == 0", "result[0] >= 0", "no-number: nonfinite is Successful"),
    ],
)
def test_one_fault_of_the_analysis_is_red(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    with pytest.raises(Failed) as caught:
        analysis.Analysed().run(subject(tmp_path, before, after))
    assert said in str(caught.value)


def test_it_is_not_verified_without_prometheus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotVerified, match=PROMETHEUS):
        analysis.Analysed().run(subject(tmp_path))
