"""What the scripts that recipes of a pipeline run do: refuse, fetch, tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.capabilities.support import SCRIPTS, script

RUN = {
    "databaseId": 7,
    "event": "push",
    "headSha": "abc",
    "headBranch": "main",
    "conclusion": "success",
    "workflowName": "train",
}


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ("MIT", True),
        ("Apache Software License AND MIT License", True),
        ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", True),
        ("(GPL-3.0-only OR MIT)", True),
        ("Mozilla Public License 2.0 (MPL 2.0)", True),
        ("GPL-3.0-only AND MIT", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("AGPL-3.0-or-later", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_a_licence_is_allowed_only_with_each_of_its_parts(said: str, allowed: bool) -> None:
    assert script("licences").is_allowed(said) is allowed


def test_a_secret_is_shown_by_its_place_and_not_by_itself() -> None:
    finding = {"type": "AWS Access Key", "line_number": 3, "hashed_secret": "0123"}
    scan = json.dumps({"results": {"b.py": [finding], "a.py": [finding]}})
    assert script("find_secrets").found(scan) == [
        "a.py:3: AWS Access Key",
        "b.py:3: AWS Access Key",
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"event": "pull_request"},
        {"conclusion": "failure"},
        {"workflowName": "ci"},
        {"headSha": "other"},
    ],
)
def test_a_model_of_another_commit_or_of_a_pull_request_is_not_released(
    other: dict[str, Any],
) -> None:
    trusted = script("fetch_model").trusted
    assert trusted(RUN, ["train"], "abc")
    assert not trusted(RUN | other, ["train"], "abc")


def fetched(folder: Path, which: str, runs: list[dict[str, Any]], **env: str) -> tuple[int, str]:
    """Run the script in a repository whose `gh` and `git` answer as told."""
    asked = ["train", "drift"] if which == "previous" else ["", "train", "drift"]
    answers = {"run list": runs, "repo view": {"defaultBranchRef": {"name": "main"}}}
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    for tool in ("gh", "git"):
        path = folder / tool
        path.write_text(
            f"#!{sys.executable}\nimport json, sys\nfrom pathlib import Path\n"
            f"answers = json.loads(Path({str(folder / 'answers.json')!r}).read_text())\n"
            "words = ' '.join(sys.argv[1:3])\n"
            "print('abc' if words == 'rev-parse HEAD' else json.dumps(answers.get(words)))\n"
            f"Path({str(folder / 'calls')!r}).open('a').write(' '.join(sys.argv[1:]) + '\\n')\n"
            f"if words == 'run download' and Path({str(folder / 'expired')!r}).exists():\n"
            "    sys.exit('no valid artifacts found to download')\n",
            encoding="utf-8",
        )
        path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "fetch_model.py"), which, *asked],
        env={"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", **env},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins of gh and git are for POSIX")
def test_a_model_is_fetched_from_the_run_that_may_be_trusted(tmp_path: Path) -> None:
    forged = RUN | {"databaseId": 8, "event": "pull_request"}
    code, said = fetched(tmp_path, "released", [forged, RUN], GITHUB_REF_TYPE="tag")
    assert (code, said.strip()) == (0, "The model is that of run 7.")
    calls = (tmp_path / "calls").read_text(encoding="utf-8")
    assert calls.splitlines()[-1] == "run download 7 --name registry --dir ."


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins of gh and git are for POSIX")
def test_the_newest_model_counts_whichever_workflow_trained_it(tmp_path: Path) -> None:
    again = RUN | {"databaseId": 9, "workflowName": "drift", "event": "repository_dispatch"}
    code, said = fetched(tmp_path, "released", [RUN, again], GITHUB_REF_TYPE="tag")
    assert (code, said.strip()) == (0, "The model is that of run 9.")


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins of gh and git are for POSIX")
def test_what_cannot_be_released_is_refused_with_a_sentence(tmp_path: Path) -> None:
    code, said = fetched(tmp_path, "released", [RUN], GITHUB_REF_TYPE="branch")
    assert code == 1
    assert "start it from one" in said
    code, said = fetched(tmp_path, "released", [], GITHUB_REF_TYPE="tag")
    assert code == 1
    assert "train this commit" in said


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins of gh and git are for POSIX")
def test_the_first_model_of_all_has_nobody_to_challenge(tmp_path: Path) -> None:
    code, said = fetched(tmp_path, "previous", [RUN | {"headBranch": "mine"}])
    assert (code, "nobody to challenge" in said) == (0, True)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins of gh and git are for POSIX")
def test_a_model_that_has_expired_is_nobody_to_challenge_and_nothing_to_release(
    tmp_path: Path,
) -> None:
    (tmp_path / "expired").touch()
    code, said = fetched(tmp_path, "previous", [RUN])
    assert (code, said.strip()) == (
        0,
        "The model of run 7 has expired: this one has nobody to challenge.",
    )
    code, said = fetched(tmp_path, "released", [RUN], GITHUB_REF_TYPE="tag")
    assert (code, "no valid artifacts" in said) == (1, True)


def test_the_summary_is_the_card_of_the_newest_model_or_a_table(tmp_path: Path) -> None:
    summary = script("summary").summary
    figures = {"auc": {"value": 0.7, "low": 0.6, "high": 0.8}}
    facts = {"version": "2", "report": str(tmp_path / "page.html"), "metrics": figures}
    assert "| auc | 0.7000 | 0.6000 | 0.8000 |" in summary({"champion": facts})
    (tmp_path / "card.md").write_text("# Card\n", encoding="utf-8")
    assert summary({"champion": facts, "challenger": facts}) == "# Card\n"
    assert summary({}) == "Nothing was trained.\n"


def test_the_workflow_learns_which_image_was_released() -> None:
    said = script("release_outputs").outputs("ghcr.io/acme/churn@sha256:12")
    assert said == "name=ghcr.io/acme/churn\ndigest=sha256:12\n"


def test_kubectl_gets_the_token_that_the_pipeline_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLUSTER_TOKEN", "abc")
    assert script("cluster_token").token() == "abc"


def test_a_job_without_an_identity_gets_a_sentence_and_no_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CLOUD_TOKEN", "CLUSTER_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"):
        monkeypatch.delenv(name, raising=False)
    for tool, missing in (("cloud_token", "CLOUD_TOKEN"), ("cluster_token", "ACTIONS_ID_TOKEN")):
        assert script(tool).main() == 1
        said = capsys.readouterr()
        assert (missing in said.err, said.out) == (True, "")
    assert list(tmp_path.iterdir()) == []


def test_the_cloud_s_token_can_be_read_by_its_job_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLOUD_TOKEN", "abc")
    assert script("cloud_token").main() == 0
    kept = tmp_path / "dist" / "cloud-token"
    assert kept.read_text(encoding="utf-8") == "abc"
    if sys.platform != "win32":
        assert kept.stat().st_mode & 0o777 == 0o600
