"""The parts of a run, which several machines work on without speaking to one another."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlstamp import report, shards
from mlstamp.errors import Refused
from mlstamp.runner import Outcome, Result
from mlstamp.variants import Variant
from scripts import make_seconds

VARIANTS = [Variant(f"v-{number:02}") for number in range(13)]


def parts(count: int, seconds: dict[str, float]) -> list[list[Variant]]:
    return [shards.part(VARIANTS, number, count, seconds) for number in range(1, count + 1)]


@given(
    st.integers(1, 20),
    st.dictionaries(st.sampled_from([v.name for v in VARIANTS]), st.floats(0, 1_000)),
)
def test_each_variant_is_in_one_part_and_in_no_other(count: int, seconds: dict[str, float]) -> None:
    found = [variant.name for part in parts(count, seconds) for variant in part]
    assert sorted(found) == [variant.name for variant in VARIANTS]


def test_the_parts_are_the_same_whatever_the_order_of_the_variants() -> None:
    seconds = {"v-03": 50.0, "v-09": 50.0}
    turned = shards.part(VARIANTS[::-1], 2, 4, seconds)
    assert turned[::-1] == shards.part(VARIANTS, 2, 4, seconds) != []


def test_without_a_record_the_parts_differ_by_one_variant_at_most() -> None:
    sizes = [len(part) for part in parts(5, {})]
    assert max(sizes) - min(sizes) == 1


def test_with_a_record_a_long_variant_is_alone_with_a_few() -> None:
    seconds = {variant.name: 10.0 for variant in VARIANTS} | {"v-07": 60.0}
    found = parts(3, seconds)
    assert [len(part) for part in found if VARIANTS[7] in part] == [1]
    assert sorted(sum(seconds[v.name] for v in part) for part in found) == [60, 60, 60]


def test_a_variant_that_is_not_on_record_counts_as_the_usual_one() -> None:
    seconds = {variant.name: 10.0 for variant in VARIANTS[1:]}
    assert max(len(part) for part in parts(13, seconds)) == 1


@pytest.mark.parametrize("text", ["11/10", "0/3", "x", "", "3", "3/0", "-1/3", "1/2/3", "1/ 2"])
def test_what_is_no_part_of_a_whole_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="give a number and a count, as in 3/10"):
        shards.parse(text)


def test_a_part_is_a_number_and_a_count() -> None:
    assert shards.parse("3/10") == (3, 10)


def test_the_record_is_made_of_runs_and_keeps_what_they_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(make_seconds, "ROOT", tmp_path)
    (tmp_path / "generator").mkdir()
    assert shards.recorded(tmp_path) == {}
    runs = [("a", 100.4), ("a", 20.0), ("b", 7.0)], [("b", 9.0), ("c", 0.0)]
    for run in runs:
        results = [Result(name, "t.x", "X.", Outcome.GREEN, seconds) for name, seconds in run]
        report.write_json(tmp_path / "run.json", results, 1.0)
        make_seconds.main([tmp_path / "run.json"])
    assert shards.recorded(tmp_path) == {"a": 120.0, "b": 9.0}
