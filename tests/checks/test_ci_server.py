"""The servers that a pipeline asks are played as far as their clients ask them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from mlstamp.checks import ci_server, gitlab
from mlstamp.checks.base import Failed, NotVerified
from mlstamp.checks.ci_tools import program_of
from mlstamp.errors import StepFailed
from mlstamp.github import PACKAGE, REPOSITORY, GitHub, Run, reachable
from mlstamp.project import Project
from tests.checks.pipelines import GITHUB, repository

PREFIX = f"/repos/{REPOSITORY}"


def ask(server: GitHub, method: str, path: str, body: object = None) -> tuple[int, object]:
    """Return what it answers."""
    return server.answer(method, path, json.dumps(body).encode())


def test_runs_are_those_that_are_asked_for_the_newest_first() -> None:
    runs = [Run(1, "train", "a"), Run(2, "train", "b"), Run(3, "train", "b", branch="other")]
    server = GitHub(("train",), runs)
    status, workflow = ask(server, "GET", f"{PREFIX}/actions/workflows/train.yml")
    assert status == 200 and isinstance(workflow, dict)
    place = f"{PREFIX}/actions/workflows/{workflow['id']}/runs"
    for words, numbers in (("", [3, 2, 1]), ("?branch=main", [2, 1]), ("?head_sha=a", [1])):
        _, found = ask(server, "GET", place + words)
        assert isinstance(found, dict)
        assert [run["id"] for run in found["workflow_runs"]] == numbers
    assert ask(server, "GET", f"{PREFIX}/actions/workflows/other.yml")[0] == 404


def test_what_is_published_can_be_fetched_once_it_is_no_draft() -> None:
    server = GitHub()
    ask(server, "POST", f"{PREFIX}/releases", {"tag_name": "v1", "draft": True})
    server.answer("POST", f"{PREFIX}/upload/v1?name=release.json", b"{}")
    assert ask(server, "GET", f"{PREFIX}/releases/latest")[0] == 404
    ask(server, "PATCH", f"{PREFIX}/releases/v1")
    _, release = ask(server, "GET", f"{PREFIX}/releases/latest")
    assert isinstance(release, dict)
    assert [asset["name"] for asset in release["assets"]] == ["release.json"]
    assert ask(server, "GET", f"{PREFIX}/assets/v1/release.json") == (200, b"{}")


def test_what_is_not_played_is_said() -> None:
    _, said = ask(GitHub(), "POST", "/graphql", {"query": "query Everything", "variables": {}})
    assert "not played: query Everything" in str(said)


def test_a_note_is_written_and_replaced_and_a_stranger_sees_none() -> None:
    with gitlab.reachable(gitlab.GitLab(b"zip")) as server:
        ours = {"JOB-TOKEN": gitlab.TOKEN}
        for method, place in (("POST", ""), ("PUT", "/0")):
            body = f"body={method}".encode()
            url = server.url + gitlab.NOTES + place
            with urlopen(Request(url, body, ours, method=method), timeout=5) as answer:
                assert json.load(answer) == [{"id": 0, "body": method}]
        with urlopen(Request(f"{server.url}/jobs/download?job=train", headers=ours)) as answer:
            assert answer.read() == b"zip"
        with pytest.raises(HTTPError, match="404"):
            urlopen(server.url + gitlab.NOTES, timeout=5)


def test_without_the_client_nothing_is_said_to_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*words: str, **_: object) -> None:
        raise StepFailed(f"{words[0]} is not installed")

    subject = repository(tmp_path, files=GITHUB)
    monkeypatch.setattr(type(subject.project), "must", none)
    with pytest.raises(NotVerified, match="gh"):
        ci_server.Server().run(subject)


def test_a_value_that_only_the_server_knows_is_asked_for(tmp_path: Path) -> None:
    texts = GITHUB[".github/workflows/ci.yml"].replace("summary", "comment")
    files = GITHUB | {".github/workflows/ci.yml": texts.replace("found.md", "${{ github.actor }}")}
    subject = repository(tmp_path, files=files)
    there = ci_server.Workflow(subject, subject.project, GitHub())
    with pytest.raises(Failed, match=r"github\.actor"):
        there.call("comment")


def test_gh_really_asks_a_server_of_our_own(tmp_path: Path) -> None:
    project = Project(tmp_path, tmp_path / "logs")
    try:
        folder = program_of(project, PACKAGE, "gh").parent
    except NotVerified as absent:
        pytest.skip(f"not verified here: {absent}")
    server = GitHub()
    with reachable(server) as variables:
        words = (str(folder / "gh"), "release", "create", "v1", "--verify-tag", "--notes", "")
        environment = {**project.environment, **variables, "GH_TOKEN": ci_server.TOKEN}
        environment["GH_REPO"] = REPOSITORY
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "tag v1 doesn't exist" in done.stderr
    assert not server.releases
