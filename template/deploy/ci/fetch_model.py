"""Fetch a model from a run that trained: never of a pull request, whose code nobody merged."""

import json
import os
import subprocess
import sys
from typing import Any

# Events that only those cause who may write.
TRUSTED = ("push", "schedule", "workflow_dispatch", "repository_dispatch")
EXPIRED = "no valid artifacts"  # says gh of a run whose files GitHub has deleted: after 90 days
FIELDS = "databaseId,event,headSha,headBranch,conclusion,workflowName"


class RefusedError(Exception):
    """Nothing can be fetched; the sentence says what to do."""


def trusted(run: dict[str, Any], workflows: list[str], commit: str = "") -> bool:
    """Tell whether a run's model may be used, and was trained with the code of this commit."""
    return (
        run["workflowName"] in workflows
        and run["event"] in TRUSTED
        and run["conclusion"] == "success"
        and commit in ("", run["headSha"])
    )


def previous(workflows: list[str]) -> str | None:
    """Return the newest run on the default branch, if there was one."""
    branch = _gh("repo", "view", "--json", "defaultBranchRef")["defaultBranchRef"]["name"]
    runs = _runs(workflows, "--branch", branch, "--status", "success")
    found = [run for run in runs if trusted(run, workflows) and run["headBranch"] == branch]
    return str(found[0]["databaseId"]) if found else None


def released(run: str, workflows: list[str]) -> str:
    """Return the run of the commit that is checked out; raises RefusedError if there is none."""
    if os.environ.get("GITHUB_REF_TYPE", "tag") != "tag":
        raise RefusedError("A release is made of a version tag: start it from one (--ref v1.2.3).")
    commit = _run("git", "rev-parse", "HEAD").strip()
    runs = [_gh("run", "view", run, "--json", FIELDS)] if run else []
    runs = runs or _runs(workflows, "--commit", commit)
    found = [one for one in runs if trusted(one, workflows, commit)]
    if not found:
        raise RefusedError(
            f"{f'Run {run}' if run else 'No run'} of {' or '.join(workflows)} is a green one of "
            f"commit {commit[:12]}: "
            "train this commit (gh workflow run train.yml --ref TAG), then release it."
        )
    return str(found[0]["databaseId"])


def _runs(workflows: list[str], *which: str) -> list[dict[str, Any]]:
    """Return the runs of all of these workflows, the newest first."""
    found: list[dict[str, Any]] = []
    for name in workflows:
        words = ("--workflow", f"{name}.yml", *which, "--limit", "30", "--json", FIELDS)
        found += _gh("run", "list", *words)
    return sorted(found, key=lambda run: int(run["databaseId"]), reverse=True)


def _gh(*words: str) -> Any:
    return json.loads(_run("gh", *words))


def _run(*words: str) -> str:
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        raise RefusedError(f"{words[0]} is not installed: install it and try again.") from None
    except subprocess.CalledProcessError as error:
        raise RefusedError(f"`{' '.join(words[:3])}` failed: {error.stderr.strip()}") from None


def main(which: str, *words: str) -> int:
    """Fetch from a run of the named workflows, and return the exit code."""
    try:
        chosen = previous([*words]) if which == "previous" else released(words[0], [*words[1:]])
        if chosen is None:
            print("No champion was trained before: this one has nobody to challenge.")
            return 0
        _run("gh", "run", "download", chosen, "--name", "registry", "--dir", ".")
    except RefusedError as refusal:
        if which == "previous" and EXPIRED in str(refusal):
            print(f"The model of run {chosen} has expired: this one has nobody to challenge.")
            return 0
        print(refusal, file=sys.stderr)
        return 1
    print(f"The model is that of run {chosen}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
