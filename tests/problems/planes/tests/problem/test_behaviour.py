"""What the trained model must do whatever its family: engines as spotters know them."""

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


def test_every_score_is_a_probability(score: Score, rows: list[Row]) -> None:
    scores = score(rows)
    assert scores.min() >= 0.0
    assert scores.max() <= 1.0


def test_a_maker_never_seen_scores_like_another_one(score: Score, rows: list[Row]) -> None:
    assert score(changed(rows, maker="zeppelin")) == pytest.approx(
        score(changed(rows, maker="montgolfier"))
    )


def test_a_regional_aircraft_has_a_fan(score: Score, rows: list[Row]) -> None:
    regional = changed(rows, maker="embraer", built=2005, engines=2, capacity=55)
    assert score(regional).max() < 0.2


def test_aircraft_with_a_turbojet_had_the_higher_scores(
    score: Score, rows: list[Row], examples: pd.DataFrame
) -> None:
    jets = examples["turbojet"].iloc[:: max(1, len(examples) // 300)].to_numpy(dtype=bool)
    scores = score(rows)
    assert scores[jets].mean() > 2 * scores[~jets].mean()


def test_the_answer_names_the_engine() -> None:
    output = schema.Output.from_score(0.7, threshold=0.5)
    assert output.engine == "Turbo-jet"


def test_a_column_without_any_value_is_filled_in_before_the_model(frame: pd.DataFrame) -> None:
    holes = frame.assign(**dict.fromkeys(["cruise_speed", "built"], np.nan))
    transformer = features.build_features(features.FeatureParams()).fit(frame)
    assert np.isfinite(transformer.transform(holes)).all()


def test_two_principal_components_stand_for_three_number_columns(frame: pd.DataFrame) -> None:
    plain = features.build_features(features.FeatureParams()).fit_transform(frame)
    two = features.FeatureParams(pca_components=2)
    reduced = features.build_features(two).fit_transform(frame)
    assert reduced.shape == (len(frame), plain.shape[1] - 1)
