"""The sample problem: exactly one comes along, and nothing of it stands outside of its places."""

from __future__ import annotations

import pytest

from mlstamp.checks.structure import schema_names
from tests.capabilities.support import text
from tests.conftest import Rendered
from tests.support import files

PROBLEMS = ("classification", "regression", "forecasting")
PLACES = ("src/churn/problem/", "tests/problem/", "data/sample/", "config/")


@pytest.mark.parametrize("problem", PROBLEMS)
def test_each_sample_comes_with_code_data_and_behavioural_tests(
    rendered: Rendered, problem: str
) -> None:
    found = files(rendered(problem=problem))
    wanted = {f"src/churn/problem/{name}.py" for name in ("schema", "data", "features", "model")}
    wanted |= {"data/sample/examples.parquet", "data/sample/README.md"}
    assert wanted <= found
    assert [name for name in found if name.startswith("tests/problem/test_")]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_sample_is_small_enough_to_live_in_git(rendered: Rendered, problem: str) -> None:
    sample = rendered(problem=problem) / "data" / "sample" / "examples.parquet"
    assert 10_000 < sample.stat().st_size <= 600_000


def test_the_samples_are_three_different_problems(rendered: Rendered) -> None:
    schemas = [rendered(problem=p) / "src" / "churn" / "problem" / "schema.py" for p in PROBLEMS]
    names = {frozenset(schema_names(text(path))) for path in schemas}
    assert len(names) == len(PROBLEMS)


@pytest.mark.parametrize("problem", PROBLEMS[1:])
def test_another_sample_changes_files_only_where_a_problem_lives(
    rendered: Rendered, problem: str
) -> None:
    usual, other = rendered(), rendered(problem=problem)
    changed = {
        name
        for name in files(usual) | files(other)
        if not (usual / name).is_file()
        or not (other / name).is_file()
        or (usual / name).read_bytes() != (other / name).read_bytes()
    }
    elsewhere = {name for name in changed if not name.startswith(PLACES)}
    assert elsewhere <= {".copier-answers.yml", "README.md", "notebooks/explore.ipynb"}
