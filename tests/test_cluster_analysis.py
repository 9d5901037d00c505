"""An analysis of Argo Rollouts: what it asks Prometheus, and what it makes of the answer."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mlstamp.cluster.analysis import Phase, judged, measured
from mlstamp.errors import StepFailed
from tests.support import web

FAILED, SUCCESSFUL, INCONCLUSIVE = Phase.FAILED, Phase.SUCCESSFUL, Phase.INCONCLUSIVE
FEW = "len(result) == 0 || isNaN(result[0]) || result[0] <= 0.01"
MANY = "len(result) > 0 && result[0] >= 100"


@pytest.mark.parametrize(
    ("good", "bad", "result", "phase"),
    [
        (FEW, None, [], SUCCESSFUL),
        (FEW, None, [math.nan], SUCCESSFUL),
        (FEW, None, [0.01], SUCCESSFUL),
        (FEW, None, [0.02], FAILED),
        (MANY, "false", [100], SUCCESSFUL),
        (MANY, "false", [99.9], INCONCLUSIVE),
        (MANY, "false", [], INCONCLUSIVE),
        (MANY, "result[0] < 10", [5], FAILED),
        (MANY, "true", [100], FAILED),
        (None, "result[0] > 1", [2], FAILED),
        (None, "result[0] > 1", [1], SUCCESSFUL),
        (None, None, [9], SUCCESSFUL),
    ],
)
def test_both_conditions_are_judged_together(
    good: str | None, bad: str | None, result: list[float], phase: Phase
) -> None:
    assert judged({"successCondition": good, "failureCondition": bad}, result) is phase


def template(query: str) -> dict[str, Any]:
    provider = {"prometheus": {"address": "{{args.prometheus}}", "query": query}}
    metric = {"name": "errors", "successCondition": FEW, "provider": provider}
    arguments = [{"name": "canary"}, {"name": "share", "value": "written"}]
    return {"spec": {"args": arguments, "metrics": [metric]}}


def test_arguments_are_filled_in_and_the_first_value_is_judged() -> None:
    asked: list[str] = []

    def prometheus(path: str, _: bytes) -> tuple[int, str, object]:
        asked.append(path)
        data = {"result": [{"value": [0, "0.5"]}]}
        return 200, "application/json", {"status": "success", "data": data}

    with web(prometheus) as url:
        given = {"prometheus": url, "canary": "abc"}
        found = measured(template('x{hash="{{args.canary}}"} + {{ args.share }}'), given, 12)
    assert found == {"errors": FAILED}
    assert parse_qs(urlsplit(asked[0]).query) == {
        "query": ['x{hash="abc"} + written'],
        "time": ["12"],
    }


def test_an_argument_without_a_value_and_an_answer_that_is_none_stop_it() -> None:
    with pytest.raises(StepFailed, match="no value for its argument canary"):
        measured(template("{{args.canary}}"), {"prometheus": "http://127.0.0.1:1"})
    refusal = {"status": "error", "error": "parse error"}
    with (
        web(lambda *_: (400, "application/json", refusal)) as url,
        pytest.raises(StepFailed, match="Prometheus answers 400: parse error"),
    ):
        measured(template("sum("), {"prometheus": url})
