"""Reads what a CI server would run: workflows and actions of GitHub, or a pipeline."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from .base import Subject

PIPELINES = {"gitlab": ".gitlab-ci.yml", "jenkins": "Jenkinsfile"}
# What has to be there before a recipe can be called, where the image of a job lacks it.
TOOLS = ("git --version ||", "uv --version ||")
LOCKED = "uv sync --locked"
RECIPE = ("uv", "run", "just")
_USES = re.compile(r"^\s*(?:- )?uses: *(?P<what>\S+)(?: +# *(?P<comment>.+))?$")
_SH = re.compile(r"\bsh '(?P<line>[^']*)'")


@dataclass(frozen=True)
class Step:
    """One command of a job, and the variables that it is given."""

    place: str
    run: str
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        """The words of the command; a variable is a word like any other."""
        try:
            return shlex.split(self.run)
        except ValueError:  # a quotation that does not end
            return []

    @property
    def recipe(self) -> str:
        """The recipe that it calls, or nothing."""
        words = self.words
        return words[3] if tuple(words[:3]) == RECIPE and len(words) > 3 else ""


def github_files(subject: Subject) -> list[str]:
    """Return the workflows and the actions of a repository."""
    ours = re.compile(r"\.github/(workflows/[^/]+|actions/[^/]+/action)\.ya?ml")
    return [name for name in subject.files() if ours.fullmatch(name)]


def steps(subject: Subject) -> Iterator[Step]:
    """Yield every command, in the order in which it stands in the files."""
    for name in github_files(subject):
        yield from _github(name, yaml.safe_load(subject.text(name)))
    files = subject.files()
    if PIPELINES["gitlab"] in files:
        yield from _gitlab(yaml.safe_load(subject.text(PIPELINES["gitlab"])))
    if PIPELINES["jenkins"] in files:
        yield from _jenkins(subject.text(PIPELINES["jenkins"]))


def jobs(workflow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow by name."""
    found: dict[str, dict[str, Any]] = workflow.get("jobs", {})
    return found


def _github(name: str, file: dict[str, Any]) -> Iterator[Step]:
    lists = {key: job.get("steps", []) for key, job in jobs(file).items()}
    lists |= {"runs": file["runs"].get("steps", [])} if "runs" in file else {}
    for key, listed in lists.items():
        for step in listed:
            if "run" in step:
                given = {k: str(v) for k, v in step.get("env", {}).items()}
                yield Step(f"{name} {key}", str(step["run"]), given)


def _gitlab(pipeline: dict[str, Any]) -> Iterator[Step]:
    for key, job in pipeline.items():
        for part in ("before_script", "script", "after_script"):
            for line in job.get(part, []) if isinstance(job, dict) else []:
                yield Step(f"{PIPELINES['gitlab']} {key}", str(line))


def _jenkins(text: str) -> Iterator[Step]:
    for number, line in enumerate(text.splitlines(), 1):
        for found in _SH.finditer(line):
            yield Step(f"{PIPELINES['jenkins']}:{number}", found["line"])


def uses(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each action that is used: its line, what it is, and the comment behind it."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _USES.match(line):
            yield number, found["what"], found["comment"] or ""


def recipes(subject: Subject) -> dict[str, tuple[int, int]]:
    """Return each recipe, with how many arguments it needs and how many it takes."""
    project = subject.project
    dump = project.must(*project.launcher, "just", "--dump", "--dump-format", "json").stdout
    found: dict[str, Any] = json.loads(dump)["recipes"]
    return {name: _arity(recipe["parameters"]) for name, recipe in found.items()}


def _arity(parameters: list[dict[str, Any]]) -> tuple[int, int]:
    needed = [one for one in parameters if one["default"] is None]
    return len(needed), len(parameters)


def fault_of(step: Step, known: dict[str, tuple[int, int]]) -> str:
    """Return what is wrong with a command, or nothing."""
    if len(step.run.strip().splitlines()) != 1:
        return "more than one line: make it a recipe"
    if "${{" in step.run:
        return "an expression in a command: give it as a variable"
    if step.run == LOCKED or step.run.startswith(TOOLS):
        return ""
    if not step.recipe:
        return f"`{step.run}` is no recipe"
    if step.recipe not in known:
        return f"there is no recipe {step.recipe}"
    least, most = known[step.recipe]
    given = len(step.words) - len(RECIPE) - 1
    return "" if least <= given <= most else f"{step.recipe} gets {given} arguments"
