"""The estimator: one file and one dependency, as a classifier or as a regressor."""

from __future__ import annotations

import tomllib

import pytest

from tests.capabilities.support import text
from tests.conftest import Rendered
from tests.support import files

PACKAGES = {
    "hist_gradient_boosting": "sklearn",
    "lightgbm": "lightgbm",
    "xgboost": "xgboost",
    "linear": "sklearn",
}
EXTRA = {"lightgbm": "lightgbm", "xgboost": "xgboost-cpu"}


@pytest.mark.parametrize("problem", ["classification", "regression", "forecasting"])
@pytest.mark.parametrize("model", PACKAGES)
def test_each_model_comes_for_each_problem(rendered: Rendered, model: str, problem: str) -> None:
    said = text(rendered(model=model, problem=problem) / "src/churn/problem/model.py")
    assert f"from {PACKAGES[model]}" in said or f"import {PACKAGES[model]}" in said
    kind = "classifi" if problem == "classification" else "regress"
    assert f"unfitted {kind}" in said or kind in said.lower()


@pytest.mark.parametrize("model", PACKAGES)
def test_only_the_chosen_model_is_a_dependency(rendered: Rendered, model: str) -> None:
    groups = tomllib.loads(text(rendered(model=model) / "pyproject.toml"))["dependency-groups"]
    names = {dependency.split(">")[0] for dependency in groups["sklearn"]}
    assert names & set(EXTRA.values()) == ({EXTRA[model]} if model in EXTRA else set())


@pytest.mark.parametrize("model", ["lightgbm", "xgboost", "linear"])
def test_another_model_changes_few_files(rendered: Rendered, model: str) -> None:
    usual, other = rendered(), rendered(model=model)
    assert files(usual) == files(other)
    changed = {n for n in files(usual) if (usual / n).read_bytes() != (other / n).read_bytes()}
    allowed = {"pyproject.toml", "src/churn/problem/model.py", ".copier-answers.yml", "README.md"}
    assert changed <= allowed | {"config/default.yaml"}
