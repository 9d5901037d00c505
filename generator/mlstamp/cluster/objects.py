"""The objects of a cluster, kept in memory, and changed as the API of Kubernetes changes them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .discovery import Json, Place, Resource, selected

NAMESPACES = "namespaces"
Answer = tuple[int, Json]


@dataclass
class Objects:
    """What was made, by its resource, namespace and name."""

    kept: dict[tuple[str, str, str], Json] = field(default_factory=dict)
    changes: int = 0

    def find(self, plural: str, namespace: str, **labels: str) -> list[Json]:
        """Return the objects of a kind in a namespace that carry these labels."""
        return [
            one
            for (kind, where, _), one in self.kept.items()
            if (kind, where) == (plural, namespace)
            and labels.items() <= one["metadata"].get("labels", {}).items()
        ]

    def get(self, place: Place, query: Mapping[str, str]) -> Answer:
        """Answer with an object, or with those of a kind that are asked for."""
        if place.name:
            found = self.kept.get(_key(place))
            return (200, found) if found else missing(place)
        labels = dict(selected(query.get("labelSelector", "")))
        fields = dict(selected(query.get("fieldSelector", "")))
        items = self.find(place.resource.plural, place.namespace, **labels)
        if name := fields.get("metadata.name"):
            items = [one for one in items if one["metadata"]["name"] == name]
        return 200, {**_head(place.resource, "List"), "metadata": {}, "items": items}

    def create(self, place: Place, made: Json) -> Answer:
        """Keep a new object; only where its namespace is, and only one of a name."""
        here = Place(place.resource, place.namespace, made["metadata"]["name"])
        if place.namespace and (NAMESPACES, "", place.namespace) not in self.kept:
            return failure(404, "NotFound", f'namespaces "{place.namespace}" not found')
        if _key(here) in self.kept:
            return failure(409, "AlreadyExists", f"{here.name} is there already")
        return 201, self.keep(here, made, 1)

    def keep(self, place: Place, made: Json, generation: int) -> Json:
        """Keep an object as it is now."""
        self.changes += 1
        about = {"namespace": place.namespace} if place.namespace else {}
        numbers = {"generation": generation, "resourceVersion": str(self.changes)}
        metadata = {**made["metadata"], **about, **numbers, "uid": "/".join(_key(place))}
        kept = {**made, **_head(place.resource), "metadata": metadata}
        self.kept[_key(place)] = kept
        return kept

    def patch(self, place: Place, change: Json) -> Answer:
        """Change an object but for its status, or its status alone where that is asked for.

        A strategic patch is taken for a plain one. They differ by its directives, which are
        refused, and in lists: no release changes one in a kind of Kubernetes' own.
        """
        if directives := _directives(change):
            return failure(415, "UnsupportedMediaType", f"{directives[0]} is not played")
        if not (before := self.kept.get(_key(place))):
            return missing(place)
        changed = merged(before, change)
        if place.part == "status":
            changed = {**before, "status": changed.get("status", {})}
        elif "status" in before:
            changed["status"] = before["status"]
        more = changed.get("spec") != before.get("spec")
        return 200, self.keep(place, changed, before["metadata"]["generation"] + more)

    def delete(self, place: Place) -> Answer:
        """Forget an object; what it owns is forgotten by whoever looks after it."""
        if not self.kept.pop(_key(place), None):
            return missing(place)
        return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}


def merged(before: Any, change: Any) -> Any:
    """Return a value as RFC 7396 changes it: maps deeply, all else as a whole, null takes away."""
    if not isinstance(change, dict):
        return copy.deepcopy(change)
    result = dict(before) if isinstance(before, dict) else {}
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def missing(place: Place) -> Answer:
    """Say that an object is not there, as kubectl understands it."""
    return failure(404, "NotFound", f'{place.resource.plural} "{place.name}" not found')


def failure(code: int, reason: str, message: str) -> Answer:
    """Say why nothing was done."""
    said = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message}
    return code, {**said, "reason": reason, "code": code}


def _directives(change: Any) -> list[str]:
    """Return the keys of a strategic patch that say how to change what is beside them."""
    if isinstance(change, list):
        return [found for one in change for found in _directives(one)]
    if not isinstance(change, dict):
        return []
    own = [key for key in change if key.startswith("$")]
    return own + [found for one in change.values() for found in _directives(one)]


def _key(place: Place) -> tuple[str, str, str]:
    return place.resource.plural, place.namespace, place.name


def _head(resource: Resource, more: str = "") -> Json:
    return {"kind": f"{resource.kind}{more}", "apiVersion": resource.api}
