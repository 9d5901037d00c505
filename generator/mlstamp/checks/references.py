"""What Kubernetes objects say of one another: by name, by label, by port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

WORKLOADS = ("Rollout", "Deployment")
# The two ways through a policy, and what narrows a rule: a port alone lets anybody in, but leads
# out to one kind of service only.
WAYS = (
    ("Ingress", {"from"}, "may be called by anybody"),
    ("Egress", {"to", "ports"}, "may call anybody"),
)
Object = dict[str, Any]


def dangling(objects: list[Object]) -> Iterator[str]:
    """Yield each name, label or port that leads nowhere."""
    names = {(o["kind"], o["metadata"]["name"]) for o in objects}
    workloads = [o for o in objects if o["kind"] in WORKLOADS]
    for kind, name in referred(objects, workloads):
        if (kind, name) not in names:
            yield f"there is no {kind} {name}"
    for one in objects:
        name = f"{one['kind']} {one['metadata']['name']}"
        mine = [w for w in workloads if selected(one).items() <= labels_of(w).items()]
        if not mine:
            yield f"{name} selects no pod"
        ports = {port["name"] for w in mine for c in containers(w) for port in c.get("ports", [])}
        if mine and (missing := set(ports_of(one)) - ports):
            yield f"{name} names the port {', '.join(sorted(missing))}, which no container has"
    yield from unscraped(objects)


def labels_of(workload: Object) -> dict[str, str]:
    """Return the labels of a workload's pods."""
    return dict(workload["spec"]["template"]["metadata"]["labels"])


def referred(objects: list[Object], workloads: list[Object]) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each object that another one names."""
    for workload in workloads:
        yield "ServiceAccount", workload["spec"]["template"]["spec"]["serviceAccountName"]
        if workload["kind"] == "Rollout":
            yield from named_by_the_canary(workload["spec"]["strategy"]["canary"])
    scalers = (o["spec"] for o in objects if o["kind"] == "HorizontalPodAutoscaler")
    for spec in scalers:
        yield spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"]


def named_by_the_canary(canary: Object) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each object that the steps of a rollout name."""
    yield "Service", canary["stableService"]
    yield "Service", canary["canaryService"]
    for step in canary["steps"]:
        for template in step.get("analysis", {}).get("templates", []):
            yield "AnalysisTemplate", template["templateName"]


def selected(one: Object) -> dict[str, str]:
    """Return the labels by which an object selects pods, none if it selects all or none."""
    spec = one.get("spec", {})
    if one["kind"] == "Service":
        return dict(spec["selector"])
    by = dict.fromkeys(("PodDisruptionBudget", *WORKLOADS), "selector")
    by["NetworkPolicy"] = "podSelector"
    return dict(spec.get(by.get(one["kind"], ""), {}).get("matchLabels", {}))


def ports_of(one: Object) -> Iterator[str]:
    """Yield the ports of containers that an object names."""
    spec = one.get("spec", {})
    if one["kind"] == "Service":
        yield from (port["targetPort"] for port in spec["ports"])
    if one["kind"] == "NetworkPolicy":
        yield from (port["port"] for rule in spec.get("ingress", []) for port in rule["ports"])
    if one["kind"] in WORKLOADS:
        yield from (port for container in containers(one) for port in probed(container))


def probed(container: Object) -> Iterator[str]:
    """Yield the ports that the probes of a container name."""
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        for way in ("httpGet", "tcpSocket"):
            if way in container.get(probe, {}):
                yield container[probe][way]["port"]


def unscraped(objects: list[Object]) -> Iterator[str]:
    """Yield each monitor that finds no service, or more than one."""
    services = [o for o in objects if o["kind"] == "Service"]
    for monitor in (o for o in objects if o["kind"] == "ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        found = [s for s in services if wanted <= s["metadata"].get("labels", {}).items()]
        if len(found) != 1:
            yield f"ServiceMonitor {monitor['metadata']['name']} finds {len(found)} services"


def containers(one: Object) -> list[Object]:
    """Return the containers of an object's pods."""
    pod = one.get("spec", {}).get("template", {}).get("spec", {})
    return [*pod.get("containers", []), *pod.get("initContainers", [])]


def unguarded(objects: list[Object]) -> Iterator[str]:
    """Yield each workload that anybody may call, or that may call anybody."""
    policies = [o for o in objects if o["kind"] == "NetworkPolicy"]
    for one in (o for o in objects if o["kind"] in WORKLOADS):
        name = f"{one['kind']} {one['metadata']['name']}"
        mine = [p["spec"] for p in policies if selected(p).items() <= labels_of(one).items()]
        for way, narrowed, told in WAYS:
            kept = [spec for spec in mine if way in spec["policyTypes"]]
            rules = [set(rule) for spec in kept for rule in spec.get(way.lower(), [])]
            if not kept or any(not rule & narrowed for rule in rules):
                yield f"{name} {told}"
