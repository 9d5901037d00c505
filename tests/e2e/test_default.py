"""The default repository, end to end: stamped, installed, checked, trained, served."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstamp import checks, runner
from mlstamp.runner import Outcome, Result
from mlstamp.variants import Variant

# The rest takes minutes, or tools that not every machine has: `mlstamp verify default` runs it.
FAMILIES = ("structure", "runtime")
LATER = ("runtime.rollback",)
HERE = [
    name
    for name in checks.CHECKS
    if name == "quality.sync" or (name.partition(".")[0] in FAMILIES and name not in LATER)
]


@pytest.fixture(scope="session")
def results(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Run every check on the default variant, once."""
    wanted = [checks.CHECKS[name] for name in HERE]
    work = tmp_path_factory.mktemp("e2e")
    found = runner.verify(
        [Variant("default")], wanted, lambda _: None, template=template, work=work
    )
    return {result.check: result for result in found}


@pytest.mark.parametrize("name", HERE)
def test_the_default_repository_is_green(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert result.outcome is Outcome.GREEN, result.detail
