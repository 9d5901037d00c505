"""What the trained model must do whatever its family: disruption as a duty manager knows it."""

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


CALM = {"lag_24h": 0, "lag_168h": 0, "mean_24h": 0.5, "mean_168h": 1.0, "same_hour_14d": 0.3}
ROUGH = {"lag_24h": 14, "lag_168h": 12, "mean_24h": 7.0, "mean_168h": 5.0, "same_hour_14d": 12.0}


def test_a_fuller_timetable_means_more_disruption(score: Score, rows: list[Row]) -> None:
    thin, full = score(changed(rows, scheduled=8)), score(changed(rows, scheduled=28))
    assert (full - thin).mean() > 0.5


def test_a_rough_fortnight_announces_a_rough_hour(score: Score, rows: list[Row]) -> None:
    calm, rough = score(changed(rows, **CALM)), score(changed(rows, **ROUGH))
    assert (rough - calm).min() > 0.0


def test_a_quiet_morning_is_forecast_to_stay_quiet(score: Score, rows: list[Row]) -> None:
    quiet = score(changed(rows, hour=6, near_holiday=False, scheduled=15, **CALM))
    assert quiet.mean() < 3.0
    assert quiet.max() < 7.5  # half of the departures


def test_a_busy_evening_after_a_rough_fortnight_is_forecast_to_be_rough(
    score: Score, rows: list[Row]
) -> None:
    busy = score(changed(rows, hour=19, scheduled=25, **ROUGH))
    assert busy.min() > score(rows).mean()
    assert busy.mean() > 6.0


def test_the_model_errs_less_than_the_same_hour_a_week_ago(
    score: Score, rows: list[Row], examples: pd.DataFrame
) -> None:
    picked = examples.iloc[:: max(1, len(examples) // 300)]
    naive = (picked["lag_168h"] - picked["disrupted"]).abs().mean()
    assert np.abs(score(rows) - picked["disrupted"].to_numpy()).mean() < 0.9 * naive


def test_a_count_below_zero_is_never_answered() -> None:
    output = problem.schema.Output.from_score(-0.4, threshold=0.5)
    assert output.disrupted == 0.0


def test_an_hour_never_seen_becomes_numbers_all_the_same(frame: pd.DataFrame) -> None:
    transformer = problem.features.build_features().fit(frame[frame["hour"] != 12])
    assert np.isfinite(transformer.transform(frame[frame["hour"] == 12])).all()


def test_a_missing_past_is_filled_in_before_the_model(frame: pd.DataFrame) -> None:
    holes = frame.assign(**dict.fromkeys(["lag_24h", "lag_168h", "mean_24h", "mean_168h"], np.nan))
    transformer = problem.features.build_features().fit(frame)
    assert np.isfinite(transformer.transform(holes)).all()


def test_two_principal_components_stand_for_five_history_columns(frame: pd.DataFrame) -> None:
    plain = problem.features.build_features().fit_transform(frame)
    reduced = problem.features.build_features(pca_components=2).fit_transform(frame)
    assert reduced.shape == (len(frame), plain.shape[1] - 3)
