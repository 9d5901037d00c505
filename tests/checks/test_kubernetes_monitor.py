"""What runs beside the service in a cluster is held to the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlstamp.checks import kubernetes
from mlstamp.checks.base import Failed
from tests.checks.manifests import Cluster, in_order, monitor, put, tried


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    return in_order(tmp_path, monkeypatch)


def test_the_monitor_runs_the_image_of_the_stages_and_the_service_does_not(
    cluster: Cluster,
) -> None:
    cluster.objects.append(monitor())
    tried(kubernetes.Builds(), cluster)
    cluster.image = kubernetes.STAGES
    with pytest.raises(Failed, match=r"runs .*Rollout"):
        tried(kubernetes.Builds(), cluster)


@pytest.mark.parametrize(
    ("plant", "fault"),
    [
        (
            put("Deployment", "spec", "selector", to={"matchLabels": {"app": "x"}}),
            "selects no pod",
        ),
        (
            put("Deployment", "spec", "template", "spec", "serviceAccountName", to="x"),
            "no ServiceAccount x",
        ),
        (
            put("NetworkPolicy", "spec", "podSelector", to={"matchLabels": {"app": "monitor"}}),
            "NetworkPolicy clients names the port http",
        ),
    ],
)
def test_what_leads_nowhere_beside_the_service_is_red(
    cluster: Cluster, plant: Callable[[list[dict[str, Any]]], None], fault: str
) -> None:
    cluster.objects.append(monitor())
    tried(kubernetes.References(), cluster)
    plant(cluster.objects)
    with pytest.raises(Failed, match=fault):
        tried(kubernetes.References(), cluster)


def test_a_probe_of_a_port_that_no_container_has_is_red(cluster: Cluster) -> None:
    lame = monitor()
    (container,) = lame["spec"]["template"]["spec"]["containers"]
    container["readinessProbe"]["httpGet"]["port"] = "http"
    cluster.objects.append(lame)
    with pytest.raises(Failed, match="Deployment monitor names the port http"):
        tried(kubernetes.References(), cluster)
