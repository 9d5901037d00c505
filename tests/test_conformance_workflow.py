"""The workflow that projects in use call: pinned, with few rights, as GitHub's parser reads it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from mlstamp import checks
from mlstamp.checks import ci
from mlstamp.checks.base import Check, NotVerified, Subject
from mlstamp.checks.workflows import steps
from mlstamp.project import Project
from tests.support import ROOT

WORKFLOW = ".github/workflows/conformance.yml"


@pytest.fixture
def alone(tmp_path: Path) -> Subject:
    """A repository that has this workflow and nothing else."""
    target = tmp_path / "project" / WORKFLOW
    target.parent.mkdir(parents=True)
    shutil.copy2(ROOT / WORKFLOW, target)
    root = tmp_path / "project"
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    return Subject(Project(root, tmp_path / "logs"), tmp_path, "own", {"ci": "github"})


@pytest.mark.parametrize("check", [ci.Pins(), ci.Rights(), ci.Parsers()], ids=lambda it: it.id)
def test_it_keeps_to_the_rules_of_stamped_workflows(alone: Subject, check: Check) -> None:
    try:
        check.run(alone)
    except NotVerified as missing:
        pytest.skip(f"not verified here: {missing}")


def test_a_pedantic_scanner_finds_nothing(alone: Subject) -> None:
    words = ("zizmor==1.32.0", "--offline", "--persona", "pedantic", ".github")
    alone.project.must("uvx", *words)


def test_what_it_checks_unless_told_otherwise_is_what_the_hook_checks_but_the_champion() -> None:
    inputs = yaml.safe_load((ROOT / WORKFLOW).read_text(encoding="utf-8"))[True]["workflow_call"]
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    command, _, asked = hook["entry"].partition(" --checks ")
    assert command == "mlstamp check ."
    here = {one.id for one in checks.chosen(asked.split(","))}
    there = {one.id for one in checks.chosen(inputs["inputs"]["checks"]["default"].split(","))}
    assert here - there == {"conformance.bundle"}
    assert there <= here
    assert {name.partition(".")[0] for name in here} == {"structure", "pristine", "conformance"}


def test_what_it_cannot_verify_is_red(alone: Subject) -> None:
    [check] = [step for step in steps(alone) if "mlstamp check" in step.run]
    assert "--strict" in check.words
