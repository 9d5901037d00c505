"""Which metrics and labels an expression of Prometheus names, and which a project has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from .. import syntax

# What a scrape or the cluster adds to each series.
TARGET = frozenset({"namespace", "job", "instance", "pod", "rollouts_pod_template_hash"})
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_RANGE = re.compile(r"\[[^\]]*\]")
_NAME = re.compile(r"(?<![\w.$])([A-Za-z_:][\w:]*)(?![\w:]|\s*\()\s*(\{[^}]*\})?")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_WORDS = frozenset({"and", "or", "unless", "bool", "offset", "by", "inf", "nan", "on"})
_PLACE = re.compile(r"\{\{[^}]*\}\}|\$\w+")
Metrics = dict[str, frozenset[str]]  # their labels by name


def used(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yield each metric of an expression with the labels by which it is chosen."""
    bare = _RANGE.sub("", _TEXT.sub('""', expression))
    for name, matchers in _NAME.findall(_GROUPING.sub("", bare)):
        if name.lower() not in _WORDS:
            yield name, set(_LABEL.findall(matchers))


def plain(expression: str) -> str:
    """Return an expression with something in place of what Grafana or Argo Rollouts fill in."""
    intervals = expression.replace("$__rate_interval", "5m").replace("$__range", "1h")
    return _PLACE.sub("x", intervals)


def faults(expression: str, known: Metrics) -> Iterator[str]:
    """Yield each metric and each label of an expression that the project does not have."""
    for name, labels in used(expression):
        if name not in known:
            yield f"no metric {name}"
        elif strange := sorted(labels - known[name] - TARGET):
            yield f"{name} has no label {', '.join(strange)}"


def exposed(source: str) -> Metrics:
    """Return the metrics that a file declares in tables of its own, by its text."""
    tables = {name: node for name, node in _assigned(source) if isinstance(node, ast.Dict)}
    groups = {name: node for name, node in _assigned(source) if isinstance(node, ast.Tuple)}
    found: Metrics = {}
    for table, node in tables.items():
        for key, value in zip(node.keys, node.values, strict=True):
            labels = frozenset(_labels(value, groups))
            name = ast.literal_eval(key) if key else ""
            found |= _series(name, labels, histogram=table == "HISTOGRAMS")
    return found


def events(source: str) -> Metrics:
    """Return the counters that events of the service become, by the text of who notes them."""
    listed = dict(_assigned(source)).get("EVENTS")
    names = ast.literal_eval(listed) if listed else ()
    return {f"ml_{name}_total": frozenset() for name in names}


def recorded(groups: list[dict[str, list[dict[str, str]]]]) -> Metrics:
    """Return the metrics that rules record."""
    names = (rule.get("record") for group in groups for rule in group["rules"])
    return {name: frozenset() for name in names if name}


def _assigned(source: str) -> Iterator[tuple[str, ast.expr]]:
    for node in syntax.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.expr):
            yield target.id, value


def _labels(value: ast.expr, groups: Mapping[str, ast.expr]) -> Iterator[str]:
    labels = value.elts[1] if isinstance(value, ast.Tuple) else value
    if isinstance(labels, ast.Name):
        labels = groups[labels.id]
    yield from ast.literal_eval(labels)


def _series(name: str, labels: frozenset[str], *, histogram: bool) -> Metrics:
    if not histogram:
        return {name: labels}
    parts = {f"{name}_{part}": labels for part in ("sum", "count")}
    return {f"{name}_bucket": labels | {"le"}, **parts}
