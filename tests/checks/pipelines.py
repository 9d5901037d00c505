"""Repositories with pipelines that are played: their files, and a project that runs nothing."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from mlstamp.checks.base import Subject
from mlstamp.project import Completed
from tests.checks.fakes import FakeProject
from tests.support import write_all

SHA = "0" * 40
WORKFLOW = f"""\
name: ci
on: push
permissions: {{}}
concurrency: ci
jobs:
  check:
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@{SHA} # v7.0.1
        with:
          persist-credentials: false
      - uses: $/.github/actions/setup
      - run: uv run just check
      - run: uv run just summary "$PAGE"
        env:
          PAGE: found.md
"""
ACTION = """\
name: Set up
description: It.
runs:
  using: composite
  steps:
    - uses: astral-sh/setup-uv@SHA # v10.0.1
      with:
        enable-cache: ${{ inputs.remember }}
    - run: uv sync --locked
      shell: bash
""".replace("SHA", SHA)
DEPENDABOT = """\
version: 2
updates:
  - package-ecosystem: uv
    directory: /
    schedule: { interval: weekly }
    cooldown: { default-days: 7 }
"""
PIPELINE = f"""\
default:
  image: python:3.13-slim@sha256:{"0" * 64}
  before_script:
    - uv --version || pip install --quiet uv==0.13.8
    - uv sync --locked
check:
  script:
    - uv run just check
"""
JENKINS = "pipeline { stages { stage('Check') { steps { sh 'uv run just check' } } } }\n"
GITHUB = {
    ".github/workflows/ci.yml": WORKFLOW,
    ".github/actions/setup/action.yml": ACTION,
    ".github/dependabot.yml": DEPENDABOT,
}
RECIPES = {
    "check": {"parameters": []},
    "summary": {"parameters": [{"name": "PAGE", "default": "summary.md"}]},
    "sign": {"parameters": []},
    "deploy": {"parameters": [{"name": "ENV", "default": None}]},
}


@dataclass
class Told(FakeProject):
    """A project whose tools say what a test lets them say."""

    said: dict[str, str] = field(default_factory=dict)

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        found = [text for word, text in self.said.items() if word in command]
        return Completed(command, 0, done.seconds, "".join(found), done.log)


def repository(
    folder: Path,
    server: str = "github",
    files: dict[str, str] | None = None,
    broken: tuple[str, ...] = (),
    **said: str,
) -> Subject:
    """Return a subject that this server looks after, with these files."""
    root = write_all(folder / "project", files or GITHUB)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    told = {"--dump": json.dumps({"recipes": RECIPES})} | said
    project = Told(root, folder / "logs", broken=broken, said=told)
    return Subject(project, folder, "default", {"ci": server})


def changed(name: str, before: str, after: str) -> dict[str, str]:
    """Return the files of GitHub with one fault in them."""
    assert before in GITHUB[name]
    return GITHUB | {name: GITHUB[name].replace(before, after)}


def workflow(before: str, after: str) -> dict[str, str]:
    """Return the files of GitHub with a fault in the workflow."""
    return changed(".github/workflows/ci.yml", before, after)
