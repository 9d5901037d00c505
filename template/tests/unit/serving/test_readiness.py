import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.served import served, with_bundles, with_serving
from tests.support import load

NEEDS_A_MODEL = (("GET", "/ready"), ("GET", "/v1/model"), ("POST", "/v1/predict"))


@pytest.fixture
def copy(champion: Any, tmp_path: Path) -> Any:
    """Return the champion's settings over a copy of its Bundles, free to be broken."""
    bundles = tmp_path / "bundles"
    shutil.copytree(champion.registry.bundles, bundles)
    return with_bundles(champion, bundles)


def assert_not_ready(settings: Any, rows: Any, reason: str) -> None:
    """Check that the process goes on and tells the reason, and predicts nothing."""
    with served(settings) as client:
        assert client.get("/live").status_code == 200
        assert client.get("/metrics").status_code == 200
        for method, path in NEEDS_A_MODEL:
            body = {"json": {"rows": rows[:1]}} if method == "POST" else {}
            answer = client.request(method, path, **body)
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert reason in answer.json()["detail"]
        assert 'ml_prediction_errors_total{reason="not_ready"} 1.0' in client.get("/metrics").text


def champion_folder(settings: Any) -> Path:
    bundles: Path = settings.registry.bundles
    return bundles / json.loads((bundles / "champion.json").read_text())["path"]


def test_a_verified_champion_makes_the_service_ready(client: TestClient) -> None:
    answer = client.get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "model_version": "1"}
    assert client.get("/live").json()["status"] == "live"


def test_without_a_champion_it_is_not_ready(champion: Any, rows: Any, tmp_path: Path) -> None:
    assert_not_ready(with_bundles(champion, tmp_path), rows, "There is no champion")


def test_one_flipped_byte_of_the_model_makes_it_not_ready(copy: Any, rows: Any) -> None:
    model = champion_folder(copy) / "model.skops"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    assert_not_ready(copy, rows, "is not what training wrote")


def test_a_bundle_that_is_gone_makes_it_not_ready(copy: Any, rows: Any) -> None:
    shutil.rmtree(champion_folder(copy))
    assert_not_ready(copy, rows, "is not a whole Bundle")


def test_another_bundle_in_the_champions_place_makes_it_not_ready(copy: Any, rows: Any) -> None:
    pointer = copy.registry.bundles / "champion.json"
    facts = json.loads(pointer.read_text())
    pointer.write_text(json.dumps(facts | {"digest": "0" * 64}))
    assert_not_ready(copy, rows, "is not the Bundle that was promoted")


def test_a_broken_pointer_makes_it_not_ready(copy: Any, rows: Any) -> None:
    (copy.registry.bundles / "champion.json").write_text("{")
    assert_not_ready(copy, rows, "cannot be read")


@pytest.mark.parametrize("error", [0.5, float("nan")])
def test_scores_that_differ_from_training_make_it_not_ready(
    champion: Any, rows: Any, monkeypatch: pytest.MonkeyPatch, error: float
) -> None:
    monkeypatch.setattr(load("registry.bundle").Bundle, "replay_error", lambda _: error)
    assert_not_ready(champion, rows, "away from training")


def test_a_difference_within_the_tolerance_is_accepted(
    champion: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load("registry.bundle").Bundle, "replay_error", lambda _: 0.5)
    with served(with_serving(champion, replay_tolerance=0.5)) as client:
        assert client.get("/ready").status_code == 200


def test_an_unforeseen_failure_while_loading_makes_it_not_ready_and_is_kept_inside(
    champion: Any, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(_: Any) -> float:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(load("registry.bundle").Bundle, "replay_error", explode)
    assert_not_ready(champion, rows, "the log of the service says why")


def test_the_model_is_described(client: TestClient, bundle: Any) -> None:
    facts = client.get("/v1/model").json()
    assert (facts["version"], facts["digest"]) == ("1", bundle.digest)
    assert facts["cv_metrics"] == bundle.contract.cv_metrics
    assert facts["data_fingerprint"] == bundle.contract.data_fingerprint


def test_the_documentation_shows_a_row_that_really_works(client: TestClient, rows: Any) -> None:
    document = client.get("/openapi.json").json()
    (example,) = document["components"]["schemas"]["Input"]["examples"]
    assert example == rows[0]
    assert client.post("/v1/predict", json={"rows": [example]}).status_code == 200


def test_the_documentation_has_the_columns_and_the_form_of_a_failure(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert list(schemas["Input"]["properties"]) == load("features.columns").input_names()
    assert "Output" in schemas
    refusal = document["paths"]["/v1/predict"]["post"]["responses"]["422"]["content"]
    place = refusal["application/problem+json"]["schema"]["$ref"]
    assert place.rpartition("/")[2] in schemas


def test_without_a_champion_the_documentation_is_still_there(
    champion: Any, tmp_path: Path
) -> None:
    with served(with_bundles(champion, tmp_path)) as client:
        document = client.get("/openapi.json").json()
    assert document["components"]["schemas"]["Input"]["examples"] == []
