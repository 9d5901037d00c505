"""What the trained model must do whatever its family: delay as pilots know it."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from tests.support import problem

Row = dict[str, object]
Score = Callable[[list[Row]], npt.NDArray[np.float64]]


@pytest.fixture(scope="module")
def rows(examples: pd.DataFrame) -> list[Row]:
    """About 300 raw rows, spread over the sample, None for missing."""
    names = list(problem.schema.Input.model_fields)
    picked = examples[names].iloc[:: max(1, len(examples) // 300)]
    return [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in picked.to_dict("records")
    ]


@pytest.fixture(scope="module")
def frame(examples: pd.DataFrame) -> pd.DataFrame:
    """The Input columns, typed as training types them."""
    inputs = examples[list(problem.schema.Input.model_fields)]
    return inputs.astype(dict.fromkeys(inputs.select_dtypes("Int64").columns, "float64"))


def changed(rows: Sequence[Row], **values: object) -> list[Row]:
    """The same rows with some values replaced."""
    return [{**row, **values} for row in rows]


def test_the_order_of_the_rows_does_not_change_their_scores(score: Score, rows: list[Row]) -> None:
    assert score(rows[::-1]) == pytest.approx(score(rows)[::-1])


def test_a_row_scores_alone_as_it_scores_among_others(score: Score, rows: list[Row]) -> None:
    assert score(rows[:1])[0] == pytest.approx(score(rows)[0])


def test_two_destinations_never_seen_score_the_same(score: Score, rows: list[Row]) -> None:
    assert score(changed(rows, dest="ZZY")) == pytest.approx(score(changed(rows, dest="ZZZ")))


def test_an_hour_lost_at_the_gate_is_mostly_still_lost(score: Score, rows: list[Row]) -> None:
    prompt, late = changed(rows, departure_delay=0.0), changed(rows, departure_delay=60.0)
    lost = score(late) - score(prompt)
    assert lost.min() > 25.0
    assert 40.0 < lost.mean() < 75.0


def test_slow_flights_just_before_announce_another_one(score: Score, rows: list[Row]) -> None:
    swift, slow = score(changed(rows, lost_here=-15.0)), score(changed(rows, lost_here=15.0))
    assert (slow - swift).mean() > 1.0


def test_a_slow_route_yesterday_announces_a_slow_flight(score: Score, rows: list[Row]) -> None:
    swift, slow = score(changed(rows, lost_there=-20.0)), score(changed(rows, lost_there=10.0))
    assert (slow - swift).mean() > 1.0


def test_a_prompt_flight_in_fair_weather_arrives_about_on_time(
    score: Score, rows: list[Row]
) -> None:
    fair = changed(rows, departure_delay=-3.0, precip=0.0, visib=10.0, wind_speed=8.0)
    assert abs(np.median(score(fair))) < 15.0


def test_a_flight_two_hours_late_at_the_gate_arrives_over_an_hour_late(
    score: Score, rows: list[Row]
) -> None:
    assert score(changed(rows, departure_delay=120.0)).min() > 60.0


def test_the_model_errs_less_than_arriving_as_late_as_leaving(
    score: Score, rows: list[Row], examples: pd.DataFrame
) -> None:
    picked = examples.iloc[:: max(1, len(examples) // 300)]
    naive = (picked["departure_delay"] - picked["arrival_delay"]).abs().mean()
    assert np.abs(score(rows) - picked["arrival_delay"].to_numpy()).mean() < naive


def test_an_answer_is_given_to_a_tenth_of_a_minute() -> None:
    output = problem.schema.Output.from_score(12.3456, threshold=0.5)
    assert output.arrival_delay == 12.3


def test_a_destination_never_seen_becomes_numbers_all_the_same(frame: pd.DataFrame) -> None:
    transformer = problem.features.build_features().fit(frame)
    known, unknown = transformer.transform(frame), transformer.transform(frame.assign(dest="ZZZ"))
    assert unknown.shape == known.shape
    assert np.isfinite(unknown).all()


def test_missing_weather_is_filled_in_before_the_model(frame: pd.DataFrame) -> None:
    holes = frame.assign(**dict.fromkeys(["wind_dir", "wind_speed", "precip", "pressure", "visib"], np.nan))
    transformer = problem.features.build_features().fit(frame)
    assert np.isfinite(transformer.transform(holes)).all()


def test_two_principal_components_stand_for_five_weather_columns(frame: pd.DataFrame) -> None:
    plain = problem.features.build_features().fit_transform(frame)
    reduced = problem.features.build_features(pca_components=2).fit_transform(frame)
    assert reduced.shape == (len(frame), plain.shape[1] - 3)
