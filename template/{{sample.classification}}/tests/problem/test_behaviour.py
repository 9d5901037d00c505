"""What the trained model must do whatever its family: lateness as travellers know it."""

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


def test_every_score_is_a_probability(score: Score, rows: list[Row]) -> None:
    scores = score(rows)
    assert scores.min() >= 0.0
    assert scores.max() <= 1.0


def test_a_bad_day_at_the_airport_raises_the_risk(score: Score, rows: list[Row]) -> None:
    good, bad = score(changed(rows, late_share=0.1)), score(changed(rows, late_share=0.6))
    assert (bad - good).mean() > 0.05


def test_evening_departures_are_riskier_than_early_ones(score: Score, rows: list[Row]) -> None:
    early, evening = score(changed(rows, hour=6)), score(changed(rows, hour=19))
    assert (evening - early).mean() > 0.05


def test_fog_raises_the_risk(score: Score, rows: list[Row]) -> None:
    clear, fog = score(changed(rows, visib=10.0)), score(changed(rows, visib=0.5))
    assert (fog - clear).mean() > 0.0


def test_a_calm_morning_and_a_stormy_evening_are_told_apart(score: Score, rows: list[Row]) -> None:
    calm = changed(rows, hour=6, late_share=0.08, humid=45.0, precip=0.0, visib=10.0)
    storm = changed(rows, hour=19, late_share=0.6, humid=95.0, precip=0.2, visib=1.0)
    assert score(calm).mean() < 0.2
    assert score(storm).mean() > 0.45


def test_flights_that_came_late_had_the_higher_scores(
    score: Score, rows: list[Row], examples: pd.DataFrame
) -> None:
    late = examples["late"].iloc[:: max(1, len(examples) // 300)].to_numpy(dtype=bool)
    scores = score(rows)
    assert scores[late].mean() > scores[~late].mean()


def test_a_flight_at_the_threshold_is_announced_as_late() -> None:
    output = problem.schema.Output.from_score(0.3, threshold=0.3)
    assert output.late


def test_a_destination_never_seen_becomes_numbers_all_the_same(frame: pd.DataFrame) -> None:
    transformer = problem.features.build_features().fit(frame)
    known, unknown = transformer.transform(frame), transformer.transform(frame.assign(dest="ZZZ"))
    assert unknown.shape == known.shape
    assert np.isfinite(unknown).all()


def test_missing_weather_is_filled_in_before_the_model(frame: pd.DataFrame) -> None:
    holes = frame.assign(**dict.fromkeys(["temp", "humid", "wind_speed", "precip", "visib"], np.nan))
    transformer = problem.features.build_features().fit(frame)
    assert np.isfinite(transformer.transform(holes)).all()


def test_two_principal_components_stand_for_five_weather_columns(frame: pd.DataFrame) -> None:
    plain = problem.features.build_features().fit_transform(frame)
    reduced = problem.features.build_features(pca_components=2).fit_transform(frame)
    assert reduced.shape == (len(frame), plain.shape[1] - 3)
