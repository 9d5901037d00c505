import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.served import bad_values, columns, served, with_serving
from tests.support import load

PROBLEM = "application/problem+json"


def post(client: TestClient, content: str | bytes, kind: str = "application/json") -> Any:
    return client.post("/v1/predict", content=content, headers={"content-type": kind})


def changed(row: dict[str, Any], **changes: Any) -> str:
    return json.dumps({"rows": [row, {**row, **changes}]})


@pytest.mark.parametrize("column", columns.input_columns(), ids=lambda column: column.name)
def test_a_wrong_value_is_refused_with_a_sentence_that_names_it(
    client: TestClient, rows: Any, column: Any
) -> None:
    for value in bad_values(column):
        answer = post(client, changed(rows[0], **{column.name: value}))
        assert answer.status_code == 422, value
        assert answer.headers["content-type"] == PROBLEM
        (fault,) = answer.json()["errors"]
        assert fault["loc"] == ["rows", 1, column.name]
        assert fault["message"].startswith(f"{column.name} in row 1 ")
        assert fault["message"].endswith(".")


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_refused_in_every_numeric_column(
    client: TestClient, rows: Any, literal: str
) -> None:
    numbers = [column.name for column in columns.input_columns() if column.kind is float]
    for name in numbers:
        body = changed(rows[0], **{name: "HERE"}).replace('"HERE"', literal)
        (fault,) = post(client, body).json()["errors"]
        assert "send a finite number" in fault["message"]


def test_a_whole_number_is_welcome_where_a_fraction_is(client: TestClient, rows: Any) -> None:
    numbers = [column for column in columns.input_columns() if column.kind is float]
    for column in numbers:
        values = [row[column.name] for row in rows if row[column.name] is not None]
        whole = next((int(value) for value in values if value == int(value)), None)
        if whole is not None:
            assert post(client, changed(rows[0], **{column.name: whole})).status_code == 200


def test_a_missing_column_is_named_unless_it_may_be_missing(client: TestClient, rows: Any) -> None:
    for name, field in load("problem.schema").Input.model_fields.items():
        row = {key: value for key, value in rows[0].items() if key != name}
        answer = client.post("/v1/predict", json={"rows": [row]})
        if field.is_required():
            (fault,) = answer.json()["errors"]
            assert fault["message"] == f"{name} in row 0 is missing: send a value."
        else:
            assert answer.status_code == 200


def test_an_unknown_column_is_refused(client: TestClient, rows: Any) -> None:
    answer = post(client, changed(rows[0], no_such_column=1))
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["message"] == "no_such_column in row 1 is not expected: leave it out."


def test_at_most_twenty_faults_are_listed_and_all_are_counted(champion: Any) -> None:
    with served(champion) as client:
        answer = client.post("/v1/predict", json={"rows": [{"x": 1}] * 50}).json()
        metrics = client.get("/metrics").text
    assert len(answer["errors"]) == 20
    assert "the first 20 are listed" in answer["detail"]
    violations = 'ml_input_violations_total{check="extra_forbidden",feature="unknown"} 50.0'
    assert violations in metrics
    assert 'ml_prediction_errors_total{reason="invalid"} 1.0' in metrics


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{bad", "The body is not valid JSON"),
        ("", "The body is not what was expected"),
        ("[]", "The body is not what was expected"),
        ('"text"', "The body is not what was expected"),
        ('{"rows": []}', "rows is empty: send one row at least."),
        ('{"rows": 5}', "rows should be a valid list."),
        ('{"rows": [5]}', "row 0 is not an object"),
        ("{}", "rows is missing: send a value."),
        ('{"rows": null}', "rows should be a valid list."),
    ],
)
def test_a_body_of_another_shape_is_refused_in_plain_words(
    client: TestClient, body: str, message: str
) -> None:
    answer = post(client, body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["errors"][0]["message"].startswith(message)


def test_a_key_beside_rows_is_refused(client: TestClient, rows: Any) -> None:
    answer = client.post("/v1/predict", json={"rows": rows[:1], "row": 1})
    assert answer.json()["errors"][0]["message"] == "row is not expected: leave it out."


@pytest.mark.parametrize("body", [b"\xff\xfe{", b"[" * 100_000])
def test_a_body_that_cannot_be_read_is_refused(client: TestClient, body: bytes) -> None:
    answer = post(client, body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == PROBLEM
    assert "could not be read" in answer.json()["detail"]


def test_json_sent_as_something_else_is_refused(client: TestClient, rows: Any) -> None:
    answer = post(client, json.dumps({"rows": rows[:1]}), "text/plain")
    assert answer.status_code == 422
    assert "application/json" in answer.json()["errors"][0]["message"]


def test_text_that_is_not_unicode_is_refused(client: TestClient, rows: Any) -> None:
    texts = [
        column.name
        for column in columns.input_columns()
        if column.kind is str and not column.choices
    ]
    for name in texts:
        answer = post(client, changed(rows[0], **{name: "\ud800"}))
        assert answer.status_code == 422


def test_a_long_value_is_not_echoed_in_full(client: TestClient, rows: Any) -> None:
    answer = post(client, changed(rows[0], **{"x" * 5_000: 1}))
    assert len(answer.json()["errors"][0]["message"]) < 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/no/such/page", 404), ("GET", "/v1/predict", 405), ("DELETE", "/live", 405)],
)
def test_a_wrong_address_or_method_is_a_problem_too(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    assert {"type", "title", "status", "detail", "errors"} == set(answer.json())


def test_an_unexpected_failure_leaks_nothing(
    champion: Any, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: Any) -> None:
        raise RuntimeError("a secret of the inside")

    with served(champion) as client:
        monkeypatch.setattr(load("registry.bundle").Bundle, "score", explode)
        answer = client.post("/v1/predict", json={"rows": rows[:1]})
        metrics = client.get("/metrics").text
    assert answer.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert 'ml_prediction_errors_total{reason="unexpected"} 1.0' in metrics
    assert 'http_requests_total{handler="/v1/predict",method="POST",status="500"} 1.0' in metrics


def test_a_stage_error_in_the_users_code_reaches_the_caller_as_its_sentence(
    champion: Any, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise load("errors").StageError("The feature store is closed: open it.")

    with served(champion) as client:
        monkeypatch.setattr(load("registry.bundle").Bundle, "score", refuse)
        answer = client.post("/v1/predict", json={"rows": rows[:1]})
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The feature store is closed: open it."


def test_a_body_over_the_limit_is_refused_chunked_or_not(champion: Any, rows: Any) -> None:
    body = json.dumps({"rows": rows[:1]}).encode()
    with served(with_serving(champion, max_body_bytes=len(body))) as client:
        assert post(client, body).status_code == 200
        whole = post(client, body + b" ")
        chunked = client.post("/v1/predict", content=iter([body, b" ", b" "]))
        huge = client.post("/v1/predict", content=iter([body] * 100))
    for answer in (whole, chunked, huge):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == PROBLEM
        assert f"send {len(body)} bytes at most" in answer.json()["detail"]
