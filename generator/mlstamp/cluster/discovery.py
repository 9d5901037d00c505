"""What a cluster says of itself: the kinds that it knows, and where each has its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
VERBS = ("create", "delete", "get", "list", "patch")
PARTS: tuple[list[str], ...] = ([], ["status"], ["portforward"])  # subresources of an object
VALIDATED = {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}


@dataclass(frozen=True)
class Resource:
    """A kind of objects; without a group it is of Kubernetes' core."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def api(self) -> str:
        """The group with its version, as manifests have it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def root(self) -> str:
        """The path below which its objects are."""
        return f"/apis/{self.api}" if self.group else f"/api/{self.api}"

    @property
    def listed(self) -> Json:
        """Its entry among what the server has."""
        names = {"name": self.plural, "singularName": self.kind.lower(), "kind": self.kind}
        return {**names, "namespaced": self.namespaced, "verbs": list(VERBS)}


KUBERNETES = (
    Resource("", "v1", "secrets", "Secret"),
    Resource("", "v1", "namespaces", "Namespace", namespaced=False),
    Resource("", "v1", "pods", "Pod"),
    Resource("", "v1", "serviceaccounts", "ServiceAccount"),
    Resource("", "v1", "services", "Service"),
    Resource("apps", "v1", "replicasets", "ReplicaSet"),
    Resource("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
    Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
    Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
)
ARGO_ROLLOUTS = Resource("argoproj.io", "v1alpha1", "rollouts", "Rollout")
# Of what watches a service: Prometheus' operator, and the analysis of a canary.
WATCHERS = (
    Resource("argoproj.io", "v1alpha1", "analysistemplates", "AnalysisTemplate"),
    Resource("monitoring.coreos.com", "v1", "prometheusrules", "PrometheusRule"),
    Resource("monitoring.coreos.com", "v1", "servicemonitors", "ServiceMonitor"),
)


def documents(resources: Iterable[Resource]) -> dict[str, Json]:
    """Return what kubectl reads before it asks for an object, by path."""
    roots: dict[str, list[Resource]] = {}
    for one in resources:
        roots.setdefault(one.root, []).append(one)
    groups = [there[0] for there in roots.values() if there[0].group]
    found: dict[str, Json] = {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": list(map(_group, groups))},
        "/openapi/v3": {
            "paths": {root[1:]: {"serverRelativeURL": _schema(root)} for root in roots}
        },
    }
    for root, there in roots.items():
        found[root] = {
            "kind": "APIResourceList",
            "groupVersion": there[0].api,
            "resources": [one.listed for one in there],
        }
        found[_schema(root)] = _openapi(there)
    return found


def _schema(root: str) -> str:
    return f"/openapi/v3{root}"


def _group(one: Resource) -> Json:
    version = {"groupVersion": one.api, "version": one.version}
    return {"name": one.group, "versions": [version], "preferredVersion": version}


def _openapi(resources: Iterable[Resource]) -> Json:
    """Say of each kind that the server looks at its fields itself, so that kubectl does not."""
    info = {"title": "Kubernetes", "version": "1.32"}
    return {"openapi": "3.0.0", "info": info, "paths": dict(map(_patched, resources))}


def _patched(one: Resource) -> tuple[str, Json]:
    kind = {"group": one.group, "version": one.version, "kind": one.kind}
    patch = {"parameters": [VALIDATED], "x-kubernetes-group-version-kind": kind}
    return f"{one.root}/{one.plural}/{{name}}", {"patch": patch}


@dataclass(frozen=True)
class Place:
    """Where in a cluster an object is, or where all of a kind are."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    part: str = ""  # a subresource, such as the status


def place(path: str, resources: Iterable[Resource]) -> Place | None:
    """Return what a path of the API leads to; nothing for a kind that is not there."""
    for one in resources:
        words = path.removeprefix(f"{one.root}/").split("/") if path.startswith(one.root) else []
        namespace, rest = _parted(words, one)
        if rest[:1] == [one.plural] and rest[2:] in PARTS:
            return Place(one, namespace, *rest[1:])
    return None


def _parted(words: list[str], one: Resource) -> tuple[str, list[str]]:
    inside = one.namespaced and words[:1] == ["namespaces"] and len(words) > 2
    return (words[1], words[2:]) if inside else ("", words)


def selected(query: str) -> Iterator[tuple[str, str]]:
    """Yield each key of a selector of labels, with the value that it asks for."""
    for part in filter(None, query.split(",")):
        key, _, value = part.partition("=")
        yield key, value.removeprefix("=")
