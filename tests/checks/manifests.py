"""Manifests that are as they should be, for a test to break one thing in."""

from __future__ import annotations

from typing import Any

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
            {"podSelector": {"matchLabels": LABELS}, "ingress": [{"ports": [{"port": "http"}]}]},
        ),
        thing("PrometheusRule", "app", {"groups": RULES}),
    ]
