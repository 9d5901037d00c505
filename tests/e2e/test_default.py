"""The default repository, end to end: stamped, installed, checked, trained, served."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mlstamp import checks, conformance, runner
from mlstamp.project import Project
from mlstamp.runner import Outcome, Result
from mlstamp.stamp import Templates
from mlstamp.variants import Variant

# The rest takes minutes, or tools that not every machine has: `mlstamp verify default` runs it.
FAMILIES = ("structure", "conformance", "runtime")
LATER = ("runtime.rollback",)
HERE = [
    name
    for name in checks.CHECKS
    if name == "quality.sync" or (name.partition(".")[0] in FAMILIES and name not in LATER)
]


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the repository is made in."""
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="session")
def results(template: Path, work: Path) -> dict[str, Result]:
    """Run every check on the default variant, once."""
    wanted = [checks.CHECKS[name] for name in HERE]
    found = runner.verify(
        [Variant("default")], wanted, lambda _: None, template=template, work=work
    )
    return {result.check: result for result in found}


@pytest.mark.parametrize("name", HERE)
def test_the_default_repository_is_green(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert result.outcome is Outcome.GREEN, result.detail


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("bundles/{digest}/model.skops", r"model\.skops in .* is not what training wrote"),
        ("src/churn/problem/schema.py", r"was trained for another problem/schema\.py"),
    ],
)
def test_a_champion_that_may_not_answer_is_red(
    results: dict[str, Result], work: Path, tmp_path: Path, name: str, sentence: str
) -> None:
    assert results["conformance.bundle"].outcome is Outcome.GREEN
    root = work / "default" / "project"
    path = root / name.format(digest=Project(root, tmp_path).champion().name)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"Field(ge=0", b"Field(ge=-1") + b"\n")
    try:
        with conformance.copy_of(root, Templates(tmp_path)) as subject:
            result = runner.run_one(subject, checks.CHECKS["conformance.bundle"])
    finally:
        path.write_bytes(whole)
    assert result.outcome is Outcome.RED, result
    assert re.search(sentence, result.detail), result.detail
