"""What the pipelines call is really run here, but for what needs somebody outside."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from mlstamp.checks import CHECKS, ci_run
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
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


def test_what_is_not_run_here_is_run_by_a_check_that_there_is() -> None:
    known = set(CHECKS)
    assert set(ci_run.RUN_BY) <= known
    recipes = [name for names in ci_run.RUN_BY.values() for name in names]
    assert len(recipes) == len(set(recipes))


@pytest.mark.parametrize("name", ci_run.RUN_BY)
def test_the_code_of_that_check_names_the_recipe(name: str) -> None:
    seen, waiting = set[str](), {type(CHECKS[name]).__module__}
    while waiting:
        seen.add(module := waiting.pop())
        text = Path(sys.modules[module].__file__ or "").read_text(encoding="utf-8")
        found = re.findall(r"^from \.(\w*) import ([\w, ]+)$", text, re.MULTILINE)
        parts = {part for one, words in found for part in ([one] if one else words.split(", "))}
        ours = {f"mlstamp.checks.{part}" for part in parts} & set(sys.modules)
        waiting |= ours - seen - {"mlstamp.checks.ci_run"}
    texts = [Path(sys.modules[one].__file__ or "").read_text(encoding="utf-8") for one in seen]
    for recipe in ci_run.RUN_BY[name]:
        assert any(f'"{recipe}"' in text for text in texts), recipe


@dataclass
class Runner(Told):
    """Plays the runner of GitLab's pipeline: its job `train` makes a champion of some version."""

    asks: bool = True

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        if "train" in command:
            given = dict(word.split("=", 1) for word in command if word.startswith("CI_"))
            url = f"{given['CI_API_V4_URL']}/projects/1/jobs/artifacts/main/download?job=train"
            found = urlopen(Request(url, headers={"JOB-TOKEN": given["CI_JOB_TOKEN"]}))
            with found, zipfile.ZipFile(io.BytesIO(found.read())) as archive:
                known = json.loads(archive.read("bundles/champion.json"))["version"]
            champion(self.root, int(known) + 1 if self.asks else 1)
        return done


def champion(root: Path, version: int) -> None:
    """Make a Bundle the champion of a registry, as its so many-th version."""
    pointer = json.dumps({"version": str(version), "path": "abc"})
    write_all(root, {"bundles/champion.json": pointer, "bundles/abc/contract.json": "{}"})


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """A repository with a champion, and a pipeline that is run with a runner that is played."""
    monkeypatch.setattr(ci_run, "node_packages", lambda *_, **__: tmp_path)
    monkeypatch.setattr(shutil, "which", lambda tool: tool)
    subject = repository(tmp_path, "gitlab", {".gitlab-ci.yml": PIPELINE})
    champion(subject.root, 1)
    subject.project = Runner(subject.root, tmp_path / "logs")
    return subject


def test_a_pipeline_of_gitlab_is_run_in_a_copy(pipeline: Subject) -> None:
    ci_run.PipelineRuns().run(pipeline)
    assert isinstance(pipeline.project, Runner)
    assert {"check", "supply-chain", "train"} <= set(pipeline.project.commands[-1])
    pipeline.project.broken = ("supply-chain",)
    with pytest.raises(StepFailed, match="supply-chain"):
        ci_run.PipelineRuns().run(pipeline)


def test_a_pipeline_whose_model_met_no_champion_is_red(pipeline: Subject) -> None:
    assert isinstance(pipeline.project, Runner)
    pipeline.project.asks = False
    with pytest.raises(Failed, match="version 1 knew nothing of version 1"):
        ci_run.PipelineRuns().run(pipeline)


def test_a_pipeline_is_not_verified_without_what_its_runner_needs(
    pipeline: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotVerified, match="rsync"):
        ci_run.PipelineRuns().run(pipeline)
