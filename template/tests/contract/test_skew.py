from typing import Any

import pytest

from tests.served import served


def test_the_replay_is_served_exactly_as_it_was_scored_offline(
    champion: Any, bundle: Any, rows: Any
) -> None:
    with served(champion) as client:
        answer = client.post("/v1/predict", json={"rows": rows}).json()
    assert [item["score"] for item in answer["predictions"]] == bundle.replay["scores"]


def test_a_row_scores_alone_as_it_does_among_others(
    champion: Any, bundle: Any, rows: Any
) -> None:
    with served(champion) as client:
        answers = [client.post("/v1/predict", json={"rows": [row]}).json() for row in rows]
    scores = [answer["predictions"][0]["score"] for answer in answers]
    tolerance = champion.serving.replay_tolerance
    assert scores == pytest.approx(bundle.replay["scores"], rel=0, abs=tolerance)


def test_the_replay_covers_rows_worth_comparing(bundle: Any, rows: Any) -> None:
    assert len(rows) == len(bundle.replay["scores"]) >= 20
    assert len(set(bundle.replay["scores"])) > 1
