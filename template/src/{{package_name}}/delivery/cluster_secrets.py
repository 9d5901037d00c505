"""The secrets without which no pod starts: looked for before anything is applied."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from ..errors import StageError

# The name of a secret and those of its keys; what is behind them never leaves the cluster.
NAMES = "--output=go-template={{.metadata.name}}{{range $key, $_ := .data}} {{$key}}{{end}}"
# Where a pod names a secret: a variable, all variables, a volume (or a part of one).
REFERENCES = ("secretKeyRef", "secretRef", "secret")


def expect_secrets(manifests: str, kubectl: Callable[..., str], where: str) -> None:
    """Raise StageError when the cluster lacks a secret, or a key of one, that a pod needs."""
    for name, keys in sorted(needed(manifests).items()):
        there = kubectl("get", "secret", name, "--ignore-not-found", NAMES).split()
        lacking = sorted(keys - set(there[1:]))
        if lacking or not there:
            raise StageError(_sentence(name, lacking, bool(there), where))


def needed(manifests: str) -> dict[str, set[str]]:
    """Return the keys of each secret that pods cannot do without, and that is not made here."""
    objects = [one for one in yaml.safe_load_all(manifests) if one]
    found: dict[str, set[str]] = defaultdict(set)
    for reference in _references(objects):
        if not reference.get("optional"):
            found[reference.get("secretName") or reference["name"]] |= _keys(reference)
    made = {name for one in objects for name in _made(one)}
    return {name: keys for name, keys in found.items() if name not in made}


def _references(objects: list[Any]) -> Iterator[dict[str, Any]]:
    pods = (node for node in _inside(objects) if isinstance(node.get("containers"), list))
    for part in (node for pod in pods for node in _inside(pod)):
        yield from (part[key] for key in REFERENCES if isinstance(part.get(key), dict))


def _inside(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _inside(inner)


def _made(one: dict[str, Any]) -> Iterator[str]:
    """Yield which secrets an object comes to: an ExternalSecret or a SealedSecret, too."""
    if str(one["kind"]).endswith("Secret"):
        yield one["metadata"]["name"]
        yield one.get("spec", {}).get("target", {}).get("name", "")


def _keys(reference: dict[str, Any]) -> set[str]:
    one = {reference["key"]} if "key" in reference else set()
    return one | {item["key"] for item in reference.get("items") or ()}


def _sentence(name: str, lacking: list[str], there: bool, where: str) -> str:
    values = "".join(f" --from-literal={key}=..." for key in lacking)
    do = f"edit secret {name}" if there else f"create secret generic {name}{values}"
    of = f" with {', '.join(lacking)}" if lacking else ""
    return (
        f"There is no secret {name}{of} in the cluster, and no pod starts without it: "
        f"`{where} {do}`, then deploy again. Nothing was changed."
    )
