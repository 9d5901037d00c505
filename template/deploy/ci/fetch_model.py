"""Fetch a model from a run of train: never of a pull request, whose code nobody merged."""

import json
import os
import subprocess
import sys
from typing import Any

WORKFLOW = "train"
TRUSTED = ("push", "schedule", "workflow_dispatch")  # events that only people who may write cause
FIELDS = "databaseId,event,headSha,headBranch,conclusion,workflowName"


class RefusedError(Exception):
    """Nothing can be fetched; the sentence says what to do."""


def trusted(run: dict[str, Any], commit: str = "") -> bool:
    """Tell whether a run's model may be used, and was trained with the code of this commit."""
    return (
        run["workflowName"] == WORKFLOW
        and run["event"] in TRUSTED
        and run["conclusion"] == "success"
        and commit in ("", run["headSha"])
    )


def previous() -> str | None:
    """Return the newest run on the default branch, if there was one."""
    branch = _gh("repo", "view", "--json", "defaultBranchRef")["defaultBranchRef"]["name"]
    runs = _runs("--branch", branch, "--status", "success")
    found = [run for run in runs if trusted(run) and run["headBranch"] == branch]
    return str(found[0]["databaseId"]) if found else None


def released(run: str) -> str:
    """Return the run of the commit that is checked out; raises RefusedError if there is none."""
    if os.environ.get("GITHUB_REF_TYPE", "tag") != "tag":
        raise RefusedError("A release is made of a version tag: start it from one (--ref v1.2.3).")
    commit = _run("git", "rev-parse", "HEAD").strip()
    runs = [_gh("run", "view", run, "--json", FIELDS)] if run else _runs("--commit", commit)
    found = [one for one in runs if trusted(one, commit)]
    if not found:
        raise RefusedError(
            f"{f'Run {run}' if run else 'No run'} of train is a green one of commit {commit[:12]}: "
            "train this commit (gh workflow run train.yml --ref TAG), then release it."
        )
    return str(found[0]["databaseId"])


def _runs(*which: str) -> list[dict[str, Any]]:
    words = ("--workflow", f"{WORKFLOW}.yml", *which, "--limit", "30", "--json", FIELDS)
    found: list[dict[str, Any]] = _gh("run", "list", *words)
    return found


def _gh(*words: str) -> Any:
    return json.loads(_run("gh", *words))


def _run(*words: str) -> str:
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        raise RefusedError(f"{words[0]} is not installed: install it and try again.") from None
    except subprocess.CalledProcessError as error:
        raise RefusedError(f"`{' '.join(words[:3])}` failed: {error.stderr.strip()}") from None


def main(which: str, run: str = "") -> int:
    """Fetch, and return the exit code."""
    try:
        chosen = previous() if which == "previous" else released(run)
        if chosen is None:
            print("No champion was trained before: this one has nobody to challenge.")
            return 0
        _run("gh", "run", "download", chosen, "--name", "registry", "--dir", ".")
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(f"The model is that of run {chosen}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:3]))
