"""What the trained model must do whatever its family: temperature as anyone knows it."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from churn.problem import features, schema

Row = dict[str, object]
Score = Callable[[list[Row]], npt.NDArray[np.float64]]


@pytest.fixture(scope="module")
def rows(examples: pd.DataFrame) -> list[Row]:
    """About 300 raw rows, spread over the sample, None for missing."""
    names = list(schema.Input.model_fields)
    picked = examples[names].iloc[:: max(1, len(examples) // 300)]
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in picked.to_dict("records")
    ]


@pytest.fixture(scope="module")
def frame(examples: pd.DataFrame) -> pd.DataFrame:
    """The Input columns, typed as training types them."""
    inputs = examples[list(schema.Input.model_fields)]
    return inputs.astype(dict.fromkeys(inputs.select_dtypes("Int64").columns, "float64"))


def changed(rows: Sequence[Row], **values: object) -> list[Row]:
    """The same rows with some values replaced."""
    return [{**row, **values} for row in rows]


def test_the_order_of_the_rows_does_not_change_their_scores(score: Score, rows: list[Row]) -> None:
    assert score(rows[::-1]) == pytest.approx(score(rows)[::-1])


def test_a_row_scores_alone_as_it_scores_among_others(score: Score, rows: list[Row]) -> None:
    assert score(rows[:1])[0] == pytest.approx(score(rows)[0])


def test_a_warmer_hour_means_a_warmer_forecast(score: Score, rows: list[Row]) -> None:
    cold = {"degrees": 30.0, "degrees_3h_ago": 30.0, "degrees_18h_ago": 30.0, "dew_point": 20.0}
    warm = {"degrees": 75.0, "degrees_3h_ago": 75.0, "degrees_18h_ago": 75.0, "dew_point": 60.0}
    assert (score(changed(rows, **warm)) - score(changed(rows, **cold))).min() > 20.0


def test_it_warms_up_after_dawn_and_cools_down_after_noon(score: Score, rows: list[Row]) -> None:
    # Real mornings and afternoons: a changed clock would contradict the past hours of its row.
    def rise(hour: int) -> float:
        picked = [row for row in rows if row["clock"] == hour]
        now = pd.DataFrame(picked)["degrees"].to_numpy(dtype=float)
        return float((score(picked) - now).mean())

    assert rise(8) > 2.0
    assert rise(16) < -2.0


def test_a_mild_steady_day_stays_mild(score: Score, rows: list[Row]) -> None:
    mild = {"degrees": 60.0, "degrees_3h_ago": 60.0, "degrees_18h_ago": 60.0, "dew_point": 50.0}
    assert np.abs(score(changed(rows, **mild)) - 60.0).max() < 15.0


def test_the_model_errs_less_than_as_warm_as_now(
    score: Score, rows: list[Row], examples: pd.DataFrame
) -> None:
    picked = examples.iloc[:: max(1, len(examples) // 300)]
    naive = (picked["degrees"] - picked["degrees_ahead"]).abs().mean()
    assert np.abs(score(rows) - picked["degrees_ahead"].to_numpy()).mean() < 0.9 * naive


def test_freezing_point_is_frost() -> None:
    assert schema.Output.from_score(32.0, threshold=0.5).frost


def test_a_missing_sensor_is_filled_in_before_the_model(frame: pd.DataFrame) -> None:
    holes = frame.assign(
        **dict.fromkeys(["millibars", "wind_from", "wind_knots", "dew_point"], np.nan)
    )
    transformer = features.build_features(features.FeatureParams()).fit(frame)
    assert np.isfinite(transformer.transform(holes)).all()


def test_two_principal_components_stand_for_four_temperature_columns(frame: pd.DataFrame) -> None:
    plain = features.build_features(features.FeatureParams()).fit_transform(frame)
    two = features.FeatureParams(pca_components=2)
    reduced = features.build_features(two).fit_transform(frame)
    assert reduced.shape == (len(frame), plain.shape[1] - 2)
