from typing import Any
from uuid import UUID

import numpy as np
import pytest
from fastapi.testclient import TestClient

from tests.served import FakeLog, served, with_serving
from tests.support import load

frame = load("features.frame")


def test_rows_are_answered_in_their_order(client: TestClient, bundle: Any, rows: Any) -> None:
    answer = client.post("/v1/predict", json={"rows": rows[::-1]}).json()
    expected = bundle.score(frame.to_frame(rows[::-1]))
    assert [item["score"] for item in answer["predictions"]] == expected.tolist()
    assert answer["model_version"] == "1"


def test_each_prediction_has_an_id_of_its_own_that_sorts_by_time(
    client: TestClient, rows: Any
) -> None:
    answers = [client.post("/v1/predict", json={"rows": rows[:3]}).json() for _ in range(2)]
    ids = [item["id"] for answer in answers for item in answer["predictions"]]
    assert len(set(ids)) == 6
    assert ids == sorted(ids)
    assert {UUID(item).version for item in ids} == {7}


def test_a_prediction_is_logged_as_it_was_answered(
    client: TestClient, memory: FakeLog, bundle: Any, rows: Any
) -> None:
    answer = client.post("/v1/predict", json={"rows": rows[:1]}).json()["predictions"][0]
    record = memory.records[-1]
    assert (record["id"], record["score"]) == (answer["id"], answer["score"])
    assert record["output"] == answer["output"]
    assert record["input"] == rows[0]
    assert record["model_digest"] == bundle.digest
    assert record["occurred_at"].utcoffset().total_seconds() == 0
    assert 0 < record["duration_s"] < 60


def test_the_decision_follows_the_threshold_of_the_bundle(
    client: TestClient, bundle: Any, rows: Any
) -> None:
    output = load("problem.schema").Output
    for item in client.post("/v1/predict", json={"rows": rows}).json()["predictions"]:
        decided = output.from_score(item["score"], bundle.contract.threshold)
        assert item["output"] == decided.model_dump(mode="json")


def test_the_log_runs_exactly_as_long_as_the_service(champion: Any) -> None:
    log = FakeLog()
    with served(champion, log):
        assert log.running
    assert not log.running


def test_as_many_rows_as_allowed_are_answered_and_one_more_is_refused(
    champion: Any, rows: Any
) -> None:
    with served(with_serving(champion, max_rows=2)) as client:
        assert client.post("/v1/predict", json={"rows": rows[:2]}).status_code == 200
        answer = client.post("/v1/predict", json={"rows": rows[:3]})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"loc": ["rows"], "message": "rows has too many rows: send 2 at most."}
    ]


def test_a_score_that_is_not_finite_is_never_sent(
    champion: Any, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(champion) as client:
        spoilt = load("registry.bundle").Bundle
        monkeypatch.setattr(spoilt, "score", lambda _, frame: np.full(len(frame), np.nan))
        answer = client.post("/v1/predict", json={"rows": rows[:2]})
        metrics = client.get("/metrics").text
    assert answer.status_code == 500
    assert "no finite score for 2 of 2 rows" in answer.json()["detail"]
    assert 'ml_nonfinite_values_total{where="score"} 2.0' in metrics
    assert 'ml_prediction_errors_total{reason="nonfinite"} 1.0' in metrics


def test_a_score_outside_the_range_of_output_is_told_to_the_owner(
    champion: Any, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = load("problem.schema")

    def refuse(score: float, threshold: float) -> None:
        schema.Output.model_validate({"no such field": (score, threshold)})

    with served(champion) as client:
        monkeypatch.setattr(schema.Output, "from_score", refuse)
        answer = client.post("/v1/predict", json={"rows": rows[:1]})
    assert answer.status_code == 500
    assert "does not fit Output in problem/schema.py" in answer.json()["detail"]


def test_a_value_that_no_column_can_hold_is_refused(
    champion: Any, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflow(_: Any) -> None:
        raise OverflowError

    with served(champion) as client:
        monkeypatch.setattr(load("serving.service"), "to_frame", overflow)
        answer = client.post("/v1/predict", json={"rows": rows[:1]})
    assert answer.status_code == 422
    assert "huge integer" in answer.json()["detail"]
