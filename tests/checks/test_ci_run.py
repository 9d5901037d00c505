"""What the pipelines call is really run here, but for what needs somebody outside."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlstamp.checks import ci_run
from mlstamp.checks.base import Failed, NotVerified
from mlstamp.errors import StepFailed
from tests.checks.pipelines import GITHUB, PIPELINE, Told, repository, workflow
from tests.support import write_all


def test_a_command_runs_with_what_its_step_gives_it_and_what_runs_elsewhere_does_not(
    tmp_path: Path,
) -> None:
    subject = repository(tmp_path, files=GITHUB | {"reports/summary.md": "# Found\n"})
    ci_run.Executed().run(subject)
    assert isinstance(subject.project, Told)
    assert subject.project.commands == [
        ("uv", "sync", "--locked"),
        ("uv", "run", "just", "summary", "found.md"),
    ]


def test_what_no_event_brings_is_what_the_step_says_then(tmp_path: Path) -> None:
    files = workflow("PAGE: found.md", "PAGE: ${{ github.event.page || 'none.md' }}")
    subject = repository(tmp_path, files=files | {"reports/summary.md": "# Found\n"})
    ci_run.Executed().run(subject)
    assert isinstance(subject.project, Told)
    assert subject.project.commands[-1][-2:] == ("summary", "none.md")


def test_a_command_gets_the_variables_of_its_step_but_for_what_the_server_fills_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []

    def note(project: Told, *_: str) -> None:
        seen.append(dict(project.environment))

    files = workflow("PAGE: found.md", "PAGE: found.md\n          TOKEN: ${{ github.token }}")
    subject = repository(tmp_path, files=files | {"reports/summary.md": "# Found\n"})
    monkeypatch.setattr(Told, "must", note)
    ci_run.Executed().run(subject)
    assert seen[-1]["PAGE"] == "found.md"
    assert "TOKEN" not in seen[-1]


def test_a_project_that_trains_again_finds_a_log(tmp_path: Path) -> None:
    subject = repository(tmp_path, files=GITHUB | {"reports/summary.md": "# Found\n"})
    texts = {"pyproject.toml": '[project.scripts]\nsong = "song.cli:main"\n'}
    write_all(subject.root, texts)
    subject.answers["retraining"] = True
    ci_run.Executed().run(subject)
    assert isinstance(subject.project, Told)
    assert subject.project.commands[0] == ("uv", "run", "song", "migrate")


def test_a_command_that_fails_and_a_summary_that_is_missing_are_red(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="summary"):
        ci_run.Executed().run(repository(tmp_path / "a", broken=("summary",)))
    with pytest.raises(Failed, match="no summary"):
        ci_run.Executed().run(repository(tmp_path / "b"))


def test_what_needs_somebody_outside_is_never_green(tmp_path: Path) -> None:
    files = workflow("just check", "just sign")
    with pytest.raises(NotVerified, match="cosign: sign"):
        ci_run.Outside().run(repository(tmp_path / "a", files=files))
    ci_run.Outside().run(repository(tmp_path / "b"))


def test_a_pipeline_of_gitlab_is_run_in_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ci_run, "node_packages", lambda *_, **__: tmp_path)
    monkeypatch.setattr(shutil, "which", lambda tool: tool)
    files = {".gitlab-ci.yml": PIPELINE}
    subject = repository(tmp_path / "a", "gitlab", files)
    ci_run.PipelineRuns().run(subject)
    assert isinstance(subject.project, Told)
    assert "supply-chain" in subject.project.commands[-1]
    with pytest.raises(StepFailed, match="supply-chain"):
        ci_run.PipelineRuns().run(
            repository(tmp_path / "b", "gitlab", files, broken=("supply-chain",))
        )
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotVerified, match="rsync"):
        ci_run.PipelineRuns().run(repository(tmp_path / "c", "gitlab", files))
