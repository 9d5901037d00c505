"""Each check of a running repository turns red on a planted fault."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mlstamp.checks import runtime
from mlstamp.checks.base import Failed
from mlstamp.errors import StepFailed
from tests.checks.fakes import (
    PROBLEM,
    ROWS,
    FakeProject,
    fake_subject,
    good_service,
    predictions,
)
from tests.support import write_all

PAGE = "<html><a href='https://example.com'>source</a><img src='data:image/png;base64,x'></html>"


def test_a_lifecycle_that_fails_is_red(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="just lifecycle"):
        runtime.Lifecycle().run(fake_subject(tmp_path, broken=("lifecycle",)))


def test_a_lifecycle_without_a_champion_is_red(tmp_path: Path) -> None:
    subject = fake_subject(tmp_path)
    shutil.rmtree(tmp_path / "bundles")
    with pytest.raises(StepFailed, match="no model was promoted"):
        runtime.Lifecycle().run(subject)


@pytest.mark.parametrize(("answering", "reason"), [("onnx", ""), ("sklearn", "it differs")])
def test_a_champion_that_falls_back_to_scikit_learn_is_red(
    tmp_path: Path, answering: str, reason: str
) -> None:
    facts = {"runtime": answering, "runtime_reason": reason}
    subject = fake_subject(tmp_path)
    write_all(tmp_path, {"bundles/abc/contract.json": json.dumps(facts)})
    if reason:
        with pytest.raises(Failed, match=reason):
            runtime.Onnx().run(subject)
    else:
        runtime.Onnx().run(subject)


def test_a_service_that_answers_as_the_model_did_is_green(tmp_path: Path) -> None:
    runtime.SameAnswers().run(fake_subject(tmp_path, good_service))


def test_a_score_that_is_off_by_a_millionth_is_red(tmp_path: Path) -> None:
    def skewed(path: str, body: bytes) -> tuple[int, str, object]:
        return predictions(body, shift=1e-6) if body else good_service(path, body)

    with pytest.raises(Failed, match=r"row 0: 0\.250001"):
        runtime.SameAnswers().run(fake_subject(tmp_path, skewed))


def test_an_answer_with_too_few_rows_is_red(tmp_path: Path) -> None:
    def short(path: str, body: bytes) -> tuple[int, str, object]:
        status, kind, said = good_service(path, body)
        if isinstance(said, dict) and "predictions" in said:
            said["predictions"].pop()
        return status, kind, said

    with pytest.raises(Failed, match="1 rows were answered"):
        runtime.SameAnswers().run(fake_subject(tmp_path, short))


@pytest.mark.parametrize("page", ["/live", "/ready", "/metrics", "/v1/model"])
def test_a_missing_page_of_the_service_is_red(tmp_path: Path, page: str) -> None:
    def without(path: str, body: bytes) -> tuple[int, str, object]:
        return (404, "text/plain", {}) if path == page else good_service(path, body)

    with pytest.raises(Failed, match=f"{page} said 404"):
        runtime.SameAnswers().run(fake_subject(tmp_path, without))


def test_a_service_that_nobody_monitors_has_no_metrics_to_show(tmp_path: Path) -> None:
    def unmonitored(path: str, body: bytes) -> tuple[int, str, object]:
        return (404, "text/plain", {}) if path == "/metrics" else good_service(path, body)

    subject = fake_subject(tmp_path, unmonitored)
    subject.answers["monitoring"] = False
    runtime.SameAnswers().run(subject)


def test_a_service_that_refuses_each_bad_request_is_green(tmp_path: Path) -> None:
    runtime.BadRequests().run(fake_subject(tmp_path, good_service))


@pytest.mark.parametrize(
    ("status", "kind", "said", "fault"),
    [
        (200, "application/json", {}, "status 200"),
        (500, "application/problem+json", PROBLEM, "status 500"),
        (422, "application/json", PROBLEM, "content type application/json"),
        (422, "application/problem+json", {"title": "x"}, "no detail, status, type"),
    ],
)
def test_a_careless_answer_to_a_bad_request_is_red(
    tmp_path: Path, status: int, kind: str, said: object, fault: str
) -> None:
    def careless(_: str, __: bytes) -> tuple[int, str, object]:
        return status, kind, said

    with pytest.raises(Failed, match=f"no JSON: {fault}"):
        runtime.BadRequests().run(fake_subject(tmp_path, careless))


def test_a_service_that_a_bad_request_knocks_out_is_red(tmp_path: Path) -> None:
    def knocked_out(_: str, __: bytes) -> tuple[int, str, object]:
        return 422, "application/problem+json", PROBLEM

    with pytest.raises(Failed, match="afterwards a good request got 422"):
        runtime.BadRequests().run(fake_subject(tmp_path, knocked_out))


def test_bad_requests_are_made_of_any_row_with_a_number() -> None:
    bodies = runtime.bad_bodies({"flag": True, "word": "x", "count": 3})
    assert json.loads(json.dumps(bodies["text for a number"])) == {
        "rows": [{"flag": True, "word": "x", "count": "many"}]
    }
    big = bodies["10 MB body"]
    assert isinstance(big, bytes)
    assert len(big) > 10_000_000


def report(root: Path, page: str) -> None:
    texts = {"report.html": page, "model_card.md": "# Card\n", "evaluation.json": "{}"}
    write_all(root / "reports" / "abc", texts)


def test_a_report_that_carries_all_it_shows_is_green(tmp_path: Path) -> None:
    report(tmp_path, PAGE)
    runtime.Report().run(fake_subject(tmp_path))


@pytest.mark.parametrize(
    "more",
    [
        "<script src='https://example.com/x.js'></script>",
        "<link rel=stylesheet href='/x.css'>",
        "<img src='plot.png'>",
        "<style>body { background: url(//example.com/x.png) }</style>",
        "<style>@import 'https://example.com/x.css'</style>",
    ],
)
def test_a_report_that_loads_something_is_red(tmp_path: Path, more: str) -> None:
    report(tmp_path, PAGE + more)
    with pytest.raises(Failed, match="it loads"):
        runtime.Report().run(fake_subject(tmp_path))


def test_a_report_without_a_plot_is_red(tmp_path: Path) -> None:
    report(tmp_path, "<html>words</html>")
    with pytest.raises(Failed, match="no plot"):
        runtime.Report().run(fake_subject(tmp_path))


def test_a_missing_model_card_is_red(tmp_path: Path) -> None:
    report(tmp_path, PAGE)
    (tmp_path / "reports" / "abc" / "model_card.md").unlink()
    with pytest.raises(Failed, match=r"model_card\.md is missing"):
        runtime.Report().run(fake_subject(tmp_path))


def test_the_prediction_just_made_is_the_one_that_is_explained(tmp_path: Path) -> None:
    subject = fake_subject(tmp_path, good_service)
    runtime.Explain().run(subject)
    assert isinstance(subject.project, FakeProject)
    assert subject.project.commands == [("uv", "run", "song", "explain", "id-0")]


def test_a_prediction_that_cannot_be_explained_is_red(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="explain id-0"):
        runtime.Explain().run(fake_subject(tmp_path, good_service, broken=("explain",)))


def test_the_replayed_rows_are_those_of_the_champion(tmp_path: Path) -> None:
    assert runtime.replay(fake_subject(tmp_path))["rows"] == ROWS
