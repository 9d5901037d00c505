"""Manifests that do not build, keep to no schema, are unsafe or lead nowhere: each is seen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlstamp.checks import kubernetes, references
from mlstamp.checks.base import Failed, NotVerified
from mlstamp.errors import StepFailed
from tests.checks.fakes import fake_subject
from tests.checks.manifests import REPORT, Cluster, good, in_order, put, tried
from tests.support import write_all


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    return in_order(tmp_path, monkeypatch)


CHECKS = [
    kubernetes.Builds(),
    kubernetes.Schema(),
    kubernetes.Policy(),
    kubernetes.References(),
    kubernetes.Network(),
    kubernetes.SameRules(),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_good_manifests_are_green_and_without_kubectl_nothing_is_said(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, check: kubernetes.KubernetesCheck
) -> None:
    tried(check, cluster)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotVerified, match="kubectl"):
        tried(check, cluster)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_only_a_project_on_kubernetes_is_concerned(
    tmp_path: Path, check: kubernetes.KubernetesCheck
) -> None:
    subject = fake_subject(tmp_path)
    assert not check.concerns(subject)
    subject.answers["deploy"] = "service"
    assert not check.concerns(subject)
    subject.answers["deploy"] = "kubernetes"
    assert check.concerns(subject)
    subject.answers["monitoring"] = False
    assert check.concerns(subject) == (check.id != "kubernetes.rules")


def test_an_image_that_is_not_the_release_is_red(cluster: Cluster) -> None:
    cluster.image = "app"
    with pytest.raises(Failed, match=r"staging runs \[\('Rollout', 'app'\)\]"):
        tried(kubernetes.Builds(), cluster)


def test_two_environments_in_one_namespace_are_red(cluster: Cluster) -> None:
    cluster.namespace = "same"
    with pytest.raises(Failed, match="shared: "):
        tried(kubernetes.Builds(), cluster)


def test_an_object_outside_of_the_namespace_is_red(cluster: Cluster) -> None:
    cluster.objects[2]["metadata"]["namespace"] = "default"
    with pytest.raises(Failed, match="staging is in the namespaces"):
        tried(kubernetes.Builds(), cluster)


def test_an_overlay_without_a_service_is_red(cluster: Cluster) -> None:
    cluster.objects = cluster.objects[:1]
    with pytest.raises(Failed, match="staging has no Rollout"):
        tried(kubernetes.Builds(), cluster)


def test_a_kind_without_schema_is_red(cluster: Cluster) -> None:
    cluster.said = "WARN x Couldn't find schema for kind Rolluot with api version v1"
    with pytest.raises(Failed, match="no schema for Rolluot"):
        tried(kubernetes.Schema(), cluster)


def test_a_complaint_of_a_validator_is_red_and_an_absent_one_is_said(cluster: Cluster) -> None:
    cluster.broken = ("--strict",)
    with pytest.raises(StepFailed, match="kubernetes-validate"):
        tried(kubernetes.Schema(), cluster)
    cluster.broken = ("--schemafile",)
    with pytest.raises(StepFailed, match="check-jsonschema"):
        tried(kubernetes.Schema(), cluster)
    cluster.broken = ("--version",)
    with pytest.raises(NotVerified, match="kubernetes-validate"):
        tried(kubernetes.Schema(), cluster)
    with pytest.raises(NotVerified, match="checkov"):
        tried(kubernetes.Policy(), cluster)


def test_the_pods_of_a_rollout_are_judged_as_those_of_a_deployment(cluster: Cluster) -> None:
    tried(kubernetes.Policy(), cluster)
    path = cluster.root / "kubernetes/scan-prod/all.yaml"
    scanned = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    (deployment,) = (one for one in scanned if one["kind"] == "Deployment")
    assert deployment["apiVersion"] == "apps/v1"
    assert "strategy" not in deployment["spec"]
    assert references.containers(deployment)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"failed_checks": [{"check_id": "CKV_2", "check_name": "No root"}]}, "CKV_2 No root"),
        (
            {"skipped_checks": [{"check_id": "CKV_3", "check_result": {"suppress_comment": ""}}]},
            "without a reason: CKV_3",
        ),
    ],
)
def test_a_finding_and_a_suppression_without_a_reason_are_red(
    cluster: Cluster, change: dict[str, Any], fault: str
) -> None:
    cluster.report = json.dumps(REPORT | {"results": {**REPORT["results"], **change}})
    with pytest.raises(Failed, match=fault):
        tried(kubernetes.Policy(), cluster)


@pytest.mark.parametrize(
    ("report", "fault"),
    [('{"passed": 0}', "0 rules only"), ("Traceback", "no report: Traceback")],
)
def test_a_scanner_that_saw_nothing_is_red(cluster: Cluster, report: str, fault: str) -> None:
    cluster.report = report
    with pytest.raises(Failed, match=fault):
        tried(kubernetes.Policy(), cluster)


CANARY = ("spec", "strategy", "canary")
MISSING = {"podSelector": {"matchLabels": {"app": "other"}}}
CLOSED = {"podSelector": {}, "ingress": [{"ports": [{"port": "metrics"}]}]}


@pytest.mark.parametrize(
    ("plant", "fault"),
    [
        (put("Rollout", *CANARY, "canaryService", to="next"), "there is no Service next"),
        (put("Rollout", *CANARY, "stableService", to="old"), "there is no Service old"),
        (put("AnalysisTemplate", "metadata", "name", to="x"), "no AnalysisTemplate canary"),
        (put("ServiceAccount", "metadata", "name", to="x"), "no ServiceAccount app"),
        (
            put("HorizontalPodAutoscaler", "spec", "scaleTargetRef", "kind", to="Deployment"),
            "no Deployment app",
        ),
        (put("Service", "spec", "selector", to={"app": "other"}), "Service app selects no pod"),
        (
            put("PodDisruptionBudget", "spec", to={"selector": MISSING["podSelector"]}),
            "Budget app",
        ),
        (put("NetworkPolicy", "spec", to=MISSING), "NetworkPolicy clients selects no pod"),
        (put("NetworkPolicy", "spec", to=CLOSED), "names the port metrics"),
        (put("Service", "spec", "ports", to=[{"targetPort": "web"}]), "names the port web"),
        (put("Service", "metadata", "labels", to={}), "ServiceMonitor app finds 0 services"),
    ],
)
def test_whatever_leads_nowhere_is_red(
    cluster: Cluster, plant: Callable[[list[dict[str, Any]]], None], fault: str
) -> None:
    cluster.objects = deepcopy(good())
    plant(cluster.objects)
    with pytest.raises(Failed, match=fault):
        tried(kubernetes.References(), cluster)


def test_prod_is_tried_with_all_that_it_may_ask_for_and_the_project_left_alone(
    cluster: Cluster,
) -> None:
    for _ in range(2):
        subject = fake_subject(cluster.root)
        overlay = kubernetes.tree(subject) / "overlays/prod/kustomization.yaml"
        asked = yaml.safe_load(overlay.read_text(encoding="utf-8"))
        there = [f"../../{name}" for name in kubernetes.COMPONENTS]
        assert asked == {"components": ["../../own", *there]}
    ours = cluster.root / "deploy/kubernetes/overlays/prod/kustomization.yaml"
    assert ours.read_text(encoding="utf-8") == "components: [../../own]\n"


def test_a_rule_that_is_not_in_the_cluster_is_red(cluster: Cluster) -> None:
    more = yaml.safe_dump({"groups": [{"name": "drift", "rules": []}]})
    write_all(cluster.root, {"deploy/monitoring/rules/drift.yml": more})
    with pytest.raises(Failed, match="not equal"):
        tried(kubernetes.SameRules(), cluster)
    cluster.objects = [one for one in good() if one["kind"] != kubernetes.RULE]
    (cluster.root / "deploy/monitoring/rules/drift.yml").unlink()
    with pytest.raises(Failed, match="0 PrometheusRule"):
        tried(kubernetes.SameRules(), cluster)


def test_the_schemas_forbid_what_they_do_not_know() -> None:
    schemas = json.loads(kubernetes.SCHEMAS.read_text(encoding="utf-8"))
    for kind, schema in schemas.items():
        assert schema["properties"]["kind"] == {"const": kind}
        assert schema["additionalProperties"] is False
        assert schema["properties"]["spec"]["additionalProperties"] is False


OPEN = [{"ports": [{"port": "http"}]}]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (put("NetworkPolicy", "spec", "policyTypes", to=["Egress"]), "may be called by anybody"),
        (put("NetworkPolicy", "spec", "ingress", to=OPEN), "may be called by anybody"),
        (put("NetworkPolicy", "kind", to="Other"), "may be called by anybody"),
        (lambda objects: objects[-2]["spec"].update(egress=[{}]), "may call anybody"),
        (lambda objects: objects.pop(-2), "may call anybody"),
    ],
)
def test_a_pod_without_a_guard_is_red(
    cluster: Cluster, change: Callable[[list[dict[str, Any]]], None], fault: str
) -> None:
    change(cluster.objects)
    with pytest.raises(Failed, match=f"staging: Rollout app {fault}"):
        tried(kubernetes.Network(), cluster)
