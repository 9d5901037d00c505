"""Manifests that are as they should be, for a test to break one thing in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlstamp.checks import kubernetes
from mlstamp.project import Completed
from tests.checks.fakes import FakeProject, fake_subject
from tests.support import write_all

LABELS = {"app": "song"}
PORT = {"name": "http", "port": 80, "targetPort": "http"}
RULES = [{"name": "model", "rules": [{"alert": "MLOld", "expr": "vector(1)"}]}]
REPORT: dict[str, Any] = {
    "results": {
        "failed_checks": [],
        "skipped_checks": [
            {"check_id": "CKV_1", "check_result": {"suppress_comment": "It makes answers slow."}}
        ],
    },
    "summary": {"passed": 90},
}


def thing(kind: str, name: str, spec: dict[str, Any], **labels: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "song-NAME", "labels": labels}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}


def good() -> list[dict[str, Any]]:
    """Return manifests that are as they should be; a test breaks one thing."""
    container = {"name": "app", "image": "IMAGE", "ports": [{"name": "http"}]}
    pod = {"serviceAccountName": "app", "containers": [container]}
    canary = {
        "stableService": "stable",
        "canaryService": "canary",
        "steps": [{"setWeight": 25}, {"analysis": {"templates": [{"templateName": "canary"}]}}],
    }
    rollout = {
        "selector": {"matchLabels": LABELS},
        "strategy": {"canary": canary},
        "template": {"metadata": {"labels": LABELS}, "spec": pod},
    }
    services = [
        thing("Service", name, {"selector": dict(LABELS), "ports": [dict(PORT)]})
        for name in ("stable", "canary")
    ]
    return [
        {"kind": "Namespace", "metadata": {"name": "song-NAME"}},
        thing("Rollout", "app", rollout),
        thing("Service", "app", {"selector": LABELS, "ports": [PORT]}, part="service"),
        *services,
        thing("ServiceAccount", "app", {}),
        thing("AnalysisTemplate", "canary", {}),
        thing("ServiceMonitor", "app", {"selector": {"matchLabels": {"part": "service"}}}),
        thing(
            "HorizontalPodAutoscaler", "app", {"scaleTargetRef": {"kind": "Rollout", "name": "app"}}
        ),
        thing("PodDisruptionBudget", "app", {"selector": {"matchLabels": LABELS}}),
        thing(
            "NetworkPolicy",
            "clients",
            {
                "podSelector": {"matchLabels": LABELS},
                "policyTypes": ["Ingress"],
                "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": "http"}]}],
            },
        ),
        thing("NetworkPolicy", "nothing", {"podSelector": {}, "policyTypes": ["Egress"]}),
        thing("PrometheusRule", "app", {"groups": RULES}),
    ]


def monitor() -> dict[str, Any]:
    """Return a workload beside the service, as good as that."""
    probe = {"httpGet": {"path": "/", "port": "metrics"}}
    container: dict[str, Any] = {
        "name": "monitor",
        "image": kubernetes.STAGES,
        "readinessProbe": probe,
    }
    container["ports"] = [{"name": "metrics"}]
    first = {"name": "champion", "image": kubernetes.RELEASE}
    pod = {"serviceAccountName": "app", "initContainers": [first], "containers": [container]}
    labels = {"app": "monitor"}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return thing("Deployment", "monitor", spec)


@dataclass
class Cluster(FakeProject):
    """Plays kubectl and the tools from PyPI."""

    objects: list[dict[str, Any]] = field(default_factory=good)
    image: str = f"{kubernetes.IMAGE}@{kubernetes.DIGEST}"
    namespace: str = "ENVIRONMENT"
    said: str = ""  # by the validator
    report: str = json.dumps(REPORT)

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        if command[0] != "kubectl":
            return Completed(command, 0, 0.0, self.said, done.log)
        environment = command[-1].rpartition("-")[2]
        name = environment if self.namespace == "ENVIRONMENT" else self.namespace
        text = yaml.safe_dump_all(self.objects).replace("NAME", name).replace("IMAGE", self.image)
        return Completed(command, 0, 0.0, text, done.log)

    def run(self, *command: str, timeout: float = 600) -> Completed:
        self.commands.append(command)
        (self.root / "log").write_text(self.report, encoding="utf-8")
        return Completed(command, 1, timeout, self.report, self.root / "log")


def in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Return a cluster, and beside it what the checks read of the project."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    fake_subject(tmp_path)
    texts = {
        "deploy/monitoring/rules/model.yml": yaml.safe_dump({"groups": RULES}),
        "deploy/kubernetes/overlays/prod/kustomization.yaml": "components: [../../own]\n",
        "deploy/kubernetes/monitoring/database/kustomization.yaml": "",
        "deploy/kubernetes/monitoring/monitor/kustomization.yaml": "",
    }
    write_all(tmp_path, texts)
    return Cluster(tmp_path, tmp_path / "logs")


def tried(check: kubernetes.KubernetesCheck, cluster: Cluster) -> None:
    subject = fake_subject(cluster.root)
    subject.project = cluster
    check.run(subject)


def put(kind: str, *path: str, to: object) -> Callable[[list[dict[str, Any]]], None]:
    def change(objects: list[dict[str, Any]]) -> None:
        place: Any = next(one for one in objects if one["kind"] == kind)
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to

    return change
