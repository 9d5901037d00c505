"""What GitLab is asked for: a champion of an earlier pipeline, a comment on a merge request."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from mlstamp.stand_in import serving
from tests.capabilities.support import script, text
from tests.conftest import Rendered
from tests.support import web

NOTES = "/projects/7/merge_requests/3/notes"


@dataclass
class GitLab:
    """Plays the API of GitLab: artifacts by job, notes of one merge request."""

    archives: dict[str, bytes] = field(default_factory=dict)
    absent: str = "404 Not found"
    notes: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, path: str, body: bytes) -> tuple[int, str, object]:
        place = urlsplit(path)
        asked = parse_qs(place.query)
        if place.path == "/projects/7/jobs/artifacts/trunk%2Fmain/download":
            archive = self.archives.get(asked["job"][0])
            return (200, "application/zip", archive) if archive else self.missing
        said = parse_qs(body.decode()).get("body", [""])[0]
        if place.path == NOTES and not body:
            page = int(asked["page"][0]) - 1
            return 200, "application/json", self.notes[page * 100 : page * 100 + 100]
        if place.path == NOTES:
            self.notes.append({"id": len(self.notes), "body": said})
            return 201, "application/json", self.notes[-1]
        self.notes[int(place.path.rpartition("/")[2])]["body"] = said
        return 200, "application/json", {}

    @property
    def missing(self) -> tuple[int, str, object]:
        """What it says of something that is not there."""
        return 404, "application/json", {"message": self.absent}


@pytest.fixture
def gitlab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitLab]:
    """A GitLab on this machine, asked from an empty folder."""
    played = GitLab()
    monkeypatch.chdir(tmp_path)
    given = {"CI_PROJECT_ID": "7", "CI_DEFAULT_BRANCH": "trunk/main", "CI_JOB_TOKEN": "of-a-job"}
    with web(played) as url:
        for name, value in {**given, "CI_MERGE_REQUEST_IID": "3", "CI_API_V4_URL": url}.items():
            monkeypatch.setenv(name, value)
        yield played


def archive(**files: str) -> bytes:
    """Return an archive of artifacts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name, content in files.items():
            made.writestr(f"bundles/{name}", content)
    return packed.getvalue()


def test_the_champion_of_the_default_branch_is_fetched(
    gitlab: GitLab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gitlab.archives = {"train": archive(champion="theirs")}
    assert script("gitlab").main("previous", "retrain", "train") == 0
    assert (tmp_path / "bundles" / "champion").read_text(encoding="utf-8") == "theirs"
    assert "that of train" in capsys.readouterr().out


def test_a_champion_that_was_trained_again_counts_before_that_of_its_own_pipeline(
    gitlab: GitLab, tmp_path: Path
) -> None:
    gitlab.archives = {"train": archive(champion="first"), "retrain": archive(champion="again")}
    assert script("gitlab").main("previous", "retrain", "train") == 0
    assert (tmp_path / "bundles" / "champion").read_text(encoding="utf-8") == "again"


def test_the_first_model_on_gitlab_has_nobody_to_challenge(
    gitlab: GitLab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gitlab.archives == {}
    assert script("gitlab").main("previous", "train") == 0
    assert "nobody to challenge" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_gitlab_that_shows_nothing_to_a_job_is_no_first_time(
    gitlab: GitLab, capsys: pytest.CaptureFixture[str]
) -> None:
    gitlab.absent = "404 Project Not Found"
    assert script("gitlab").main("previous", "train") == 1
    assert "REGISTRY_TOKEN" in capsys.readouterr().err


def test_a_gitlab_that_is_not_there_is_said_in_a_sentence(
    gitlab: GitLab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del gitlab
    monkeypatch.setenv("CI_API_V4_URL", "http://127.0.0.1:9")
    assert script("gitlab").main("previous", "train") == 1
    assert "GitLab does not answer" in capsys.readouterr().err


def test_outside_of_a_job_a_sentence_says_what_it_is_for(
    gitlab: GitLab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del gitlab
    monkeypatch.delenv("CI_JOB_TOKEN")
    assert script("gitlab").main("previous", "train") == 1
    assert "this is for a job of GitLab" in capsys.readouterr().err


def test_a_merge_request_has_one_comment_of_ours_however_many_others_there_are(
    gitlab: GitLab, tmp_path: Path
) -> None:
    gitlab.notes = [{"id": number, "body": "Nice."} for number in range(120)]
    page = tmp_path / "reports" / "summary.md"
    page.parent.mkdir()
    for said in ("# Version 2\n", "# Version 3 & more\n"):
        page.write_text(said, encoding="utf-8")
        assert script("gitlab").main("comment") == 0
        assert len(gitlab.notes) == 121
        assert gitlab.notes[-1]["body"].endswith(said)
    assert {note["body"] for note in gitlab.notes[:-1]} == {"Nice."}


def test_no_token_goes_on_to_where_artifacts_are_stored(
    gitlab: GitLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens.append(self.headers.get("JOB-TOKEN"))
            stored = self.path.startswith("/storage")
            self.send_response(200 if stored else 302)
            self.send_header("Location", "/storage")
            self.end_headers()
            if stored:
                self.wfile.write(archive(champion="theirs"))

        def log_message(self, *_: Any) -> None:
            """Keep the output of the tests clean."""

    del gitlab
    with serving(Handler) as url:
        monkeypatch.setenv("CI_API_V4_URL", url)
        assert script("gitlab").main("previous", "train") == 0
    assert tokens == ["of-a-job", None]


def test_a_pipeline_that_waits_for_somebody_is_a_good_one(rendered: Rendered) -> None:
    # GitLab gives out artifacts of successful pipelines only, and one that waits is none.
    project = rendered(ci="gitlab", cloud="aws")
    jobs: dict[str, Any] = yaml.safe_load(text(project / ".gitlab-ci.yml"))
    waiting = [
        rule
        for job in jobs.values()
        if isinstance(job, dict)
        for rule in job.get("rules", [])
        if rule.get("when") == "manual"
    ]
    assert waiting
    assert all(rule.get("allow_failure") is True for rule in waiting)
