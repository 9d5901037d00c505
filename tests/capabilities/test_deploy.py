"""Kubernetes: there when asked for, and with metrics only where there are some."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.capabilities.support import assert_owns_exactly, text, traces
from tests.conftest import Rendered
from tests.support import files

WORDS = r"\bkubectl\b|\bkustomize\b|\bargo\b|kubernetes\.just"
CLUSTER = "deploy/kubernetes"


@pytest.mark.parametrize("profile", ["everything", "minimal"])
def test_its_manifest_lists_just_the_files_that_come_and_go(
    template: Path, rendered: Rendered, profile: str
) -> None:
    base = {"profile": profile, "container": True, "unit_tests": True, "cloud": "none"}
    on, off = (rendered(**base, deploy=asked) for asked in ("kubernetes", "service"))
    assert_owns_exactly(template, "deploy", on, off)
    assert traces(on, WORDS)


def test_an_option_that_is_off_leaves_no_trace(rendered: Rendered) -> None:
    assert traces(rendered(profile="everything", deploy="service"), WORDS) == []


def test_it_needs_no_cloud(rendered: Rendered) -> None:
    found = files(rendered(deploy="kubernetes", cloud="none"))
    assert f"{CLUSTER}/overlays/prod/kustomization.yaml" in found
    assert not [name for name in found if name.startswith("infra/")]


@pytest.mark.parametrize("monitoring", [True, False])
def test_a_canary_is_analysed_where_there_are_metrics_and_only_waits_where_not(
    rendered: Rendered, monitoring: bool
) -> None:
    asked = dict.fromkeys(("monitoring", "drift", "retraining"), monitoring)
    project = rendered(deploy="kubernetes", **asked)
    steps = rollout(project)["spec"]["strategy"]["canary"]["steps"]
    assert steps[:2] == [{"setWeight": 25}, {"pause": {}}]
    assert any("analysis" in step for step in steps) == monitoring
    assert (project / CLUSTER / "monitoring").is_dir() == monitoring
    assert ("../monitoring" in text(project / CLUSTER / "base/kustomization.yaml")) == monitoring


@pytest.mark.parametrize("loop", [True, False])
def test_the_rules_of_the_cluster_are_those_of_the_stack(rendered: Rendered, loop: bool) -> None:
    asked = dict.fromkeys(("drift", "retraining", "rollout"), loop)
    project = rendered(deploy="kubernetes", **asked)
    applied = yaml.safe_load_all(text(project / CLUSTER / "monitoring/rules.yaml"))
    found = {one["metadata"]["name"]: one["spec"] for one in applied}
    files = (project / "deploy/monitoring/rules").glob("*.yml")
    assert found == {path.stem: yaml.safe_load(text(path)) for path in files}
    assert ("retraining" in found) == loop


def test_pods_run_as_nobody_with_nothing_but_the_memory_that_they_need(rendered: Rendered) -> None:
    pod = rollout(rendered(deploy="kubernetes"))["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["resources"]["limits"]["memory"] == "512Mi"
    assert container["image"] == "app"


def rollout(project: Path) -> dict[str, Any]:
    """Return the Rollout of a render."""
    loaded: dict[str, Any] = yaml.safe_load(text(project / CLUSTER / "base/rollout.yaml"))
    return loaded
