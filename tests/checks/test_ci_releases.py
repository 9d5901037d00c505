"""A job that fails where it may, or another image that answers, is red; the runner is played."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlstamp.checks import ci_releases
from mlstamp.checks.base import Failed, NotVerified
from mlstamp.checks.ci_releases import Jobs, Releases
from mlstamp.cluster import Cluster
from mlstamp.project import Completed
from mlstamp.sigstore import Sigstore
from tests.checks.fakes import FakeProject, fake_subject

IMAGE = "localhost:5000/acme/song@sha256:" + "a" * 64
REFUSED = "cosign vouches for no\nsignature\n FAIL  staging"


@dataclass
class Runner(FakeProject):
    """Plays the runner: it says what a test lets it say of a job, and always ends well."""

    said: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, timeout: float = 600) -> Completed:
        self.commands.append(command)
        log = self.root / "log"
        log.write_text(self.said.get(command[-1], f" PASS  {command[-1]}"), encoding="utf-8")
        return Completed(command, 0, timeout, "", log)


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """A pipeline whose release has an image, and whose environments run what a test says."""
    monkeypatch.setattr(ci_releases, "identity", lambda *_: "who")
    monkeypatch.setattr(ci_releases, "state", lambda *_: (IMAGE, IMAGE, "Healthy"))
    subject = fake_subject(tmp_path)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "release.json").write_text(json.dumps({"image": IMAGE}))
    runner = Runner(tmp_path, subject.project.logs)
    trusted = Sigstore("http://127.0.0.1:1", tmp_path)
    address = ("127.0.0.1", 1)
    return Jobs(runner, tmp_path / "x.js", Cluster(), trusted, address, {"CLUSTER": "https://x"})


def say(jobs: Jobs, **said: str) -> None:
    assert isinstance(jobs.project, Runner)
    jobs.project.said = said


def test_what_was_released_answers_and_its_jobs_know_who_they_are(jobs: Jobs) -> None:
    assert jobs.release() == IMAGE
    jobs.deploy("staging", IMAGE)
    assert jobs.cluster.behind == {IMAGE: jobs.answering}
    assert isinstance(jobs.project, Runner)
    words = jobs.project.commands[-1]
    assert words[-1] == "staging"
    assert {"CLUSTER=https://x", "SIGSTORE_ID_TOKEN=who"} <= set(words)


def test_a_job_that_fails_where_it_may_is_red(jobs: Jobs) -> None:
    say(jobs, prod=" WARN  prod\n > no such recipe")
    with pytest.raises(Failed, match=r"prod failed: .* no such recipe"):
        jobs.deploy("prod", IMAGE)


def test_another_image_that_answers_is_red(jobs: Jobs) -> None:
    with pytest.raises(Failed, match="after staging there is"):
        jobs.deploy("staging", IMAGE.replace("a", "b"))


def test_an_image_that_nobody_signed_has_to_stop_and_for_that(jobs: Jobs) -> None:
    say(jobs, staging=REFUSED)
    jobs.expect_refused("staging")
    for ends in (" PASS  staging", " FAIL  staging"):
        say(jobs, staging=ends)
        with pytest.raises(Failed, match="staging did not stop"):
            jobs.expect_refused("staging")


@pytest.mark.parametrize("program", ["kubectl", "openssl", "rsync"])
def test_without_its_programs_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None if name == program else f"/bin/{name}")
    with pytest.raises(NotVerified, match=program):
        Releases().run(fake_subject(tmp_path))
