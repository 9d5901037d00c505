"""An AnalysisTemplate of Argo Rollouts, measured once with a Prometheus, and judged as Argo does.

Played: vectors as the list of their values, both conditions, and what they come to together. Not
played: intervals, counts and limits, of which a template that measures once has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from math import isnan
from typing import Any
from urllib.parse import quote

from jinja2.sandbox import SandboxedEnvironment

from ..errors import StepFailed
from ..http import get

Json = dict[str, Any]
_ARGUMENT = re.compile(r"\{\{\s*args\.([\w-]+)\s*\}\}")


class Phase(StrEnum):
    """What a measurement comes to."""

    SUCCESSFUL = "Successful"
    INCONCLUSIVE = "Inconclusive"
    FAILED = "Failed"


def measured(template: Json, given: Mapping[str, str], at: float | None = None) -> dict[str, Phase]:
    """Return the phase of each metric, now or at a moment in seconds since 1970.

    Raises StepFailed for an argument without a value, and when Prometheus answers with an error.
    """
    spec = template["spec"]
    written = {one["name"]: one["value"] for one in spec.get("args", []) if "value" in one}
    arguments = {**written, **given}
    return {
        metric["name"]: judged(metric, _result(metric["provider"]["prometheus"], arguments, at))
        for metric in spec["metrics"]
    }


def judged(metric: Json, result: list[float]) -> Phase:
    """Return what the conditions of a metric say about a result."""
    good, bad = metric.get("successCondition"), metric.get("failureCondition")
    if bad and holds(bad, result):
        return Phase.FAILED
    if not good or holds(good, result):
        return Phase.SUCCESSFUL
    return Phase.INCONCLUSIVE if bad else Phase.FAILED


def holds(condition: str, result: list[float]) -> bool:
    """Tell whether a condition holds, in as much of its language as templates of ours use."""
    words = condition.replace("&&", " and ").replace("||", " or ")
    expression = SandboxedEnvironment().compile_expression(words, undefined_to_none=False)
    return bool(expression(result=result, len=len, isNaN=isnan))


def _result(provider: Json, arguments: Mapping[str, str], at: float | None) -> list[float]:
    address, query = (_filled(provider[key], arguments) for key in ("address", "query"))
    moment = "" if at is None else f"&time={at}"
    answer = get(f"{address}/api/v1/query?query={quote(query)}{moment}")
    said = answer.json() or {}
    if said.get("status") != "success":
        raise StepFailed(f"Prometheus answers {answer.status}: {said.get('error')}")
    return [float(one["value"][1]) for one in said["data"]["result"]]


def _filled(text: str, arguments: Mapping[str, str]) -> str:
    for name in _ARGUMENT.findall(text):
        if name not in arguments:
            raise StepFailed(f"The analysis has no value for its argument {name}.")
    return _ARGUMENT.sub(lambda found: arguments[found[1]], text)
