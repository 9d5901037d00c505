"""The default repository, end to end: stamped, installed, checked, trained, served."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstamp import checks, runner
from mlstamp.runner import Outcome, Result
from mlstamp.variants import Variant

# Each of these takes minutes; .ci/run runs them too, with every other variant.
LATER = ("update", "swap", "python", "reliability", "quality.coverage", "runtime.rollback")


@pytest.fixture(scope="session")
def results(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Run every check on the default variant, once."""
    wanted = [c for c in checks.CHECKS.values() if not c.id.startswith(LATER)]
    work = tmp_path_factory.mktemp("e2e")
    found = runner.verify(
        [Variant("default")], wanted, lambda _: None, template=template, work=work
    )
    return {result.check: result for result in found}


@pytest.mark.parametrize("name", [name for name in checks.CHECKS if not name.startswith(LATER)])
def test_the_default_repository_is_green(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert result.outcome is Outcome.GREEN, result.detail
