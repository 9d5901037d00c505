"""The checks that run a repository's own tools turn red when those fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstamp.checks import quality
from mlstamp.checks.base import Check, NotVerified
from mlstamp.errors import StepFailed
from tests.checks.fakes import FakeProject, fake_subject

CASES = [
    (quality.Sync(), ("uv", "sync")),
    (quality.Unlocked(), ("uv", "lock", "--dry-run", "--upgrade")),
    (quality.OwnChecks(), ("uv", "run", "just", "check")),
]


@pytest.mark.parametrize(("check", "command"), CASES, ids=lambda case: getattr(case, "id", ""))
def test_each_check_runs_what_a_person_would_type(
    tmp_path: Path, check: Check, command: tuple[str, ...]
) -> None:
    subject = fake_subject(tmp_path)
    check.run(subject)
    assert isinstance(subject.project, FakeProject)
    assert subject.project.commands == [command]


@pytest.mark.parametrize(("check", "command"), CASES, ids=lambda case: getattr(case, "id", ""))
def test_each_check_is_red_when_its_command_fails(
    tmp_path: Path, check: Check, command: tuple[str, ...]
) -> None:
    with pytest.raises(StepFailed, match="exited with 1"):
        check.run(fake_subject(tmp_path, broken=(command[-1],)))


def test_without_uv_nothing_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotVerified, match="uv"):
        quality.Sync().run(fake_subject(tmp_path))
