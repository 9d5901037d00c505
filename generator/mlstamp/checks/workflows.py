"""Reads what a CI server would run: workflows and actions of GitHub, or a pipeline."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
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
_OPERATORS = {"&&", "||", "|", "|&", "&", ";"}
_GIVEN = re.compile(r"\w+=")  # a variable before a command


@dataclass(frozen=True)
class Step:
    """One command of a job, and the variables that it is given."""

    place: str
    run: str
    variables: dict[str, str] = field(default_factory=dict)
    may_fail: bool = False  # the pipeline is green all the same

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

    def calls(self) -> Iterator[tuple[str, bool]]:
        """Yield each recipe that a line of it calls, and whether anybody hears when that fails."""
        lines = self.run.strip().replace("\\\n", " ").splitlines()
        heard = not self.may_fail
        for number, line in enumerate(lines, 1):
            words = _tokens(line)
            heard = heard and words[:2] != ["set", "+e"]
            for recipe, stops in _called(words, is_last=number == len(lines)):
                yield recipe, heard and stops


def _tokens(line: str) -> list[str]:
    """Return the words and the operators of a line; none of one whose quotation does not end."""
    reader = shlex.shlex(line, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    try:
        return list(reader)
    except ValueError:
        return []


def _called(words: list[str], *, is_last: bool) -> Iterator[tuple[str, bool]]:
    """Yield each recipe that a line calls, and whether a shell with `-e` stops when it fails.

    Such a shell goes on after the first part of `one && two`, unless nothing comes after it.
    """
    for at in range(len(words) - len(RECIPE)):
        before = words[at - 1] if at else ";"
        begins = before in _OPERATORS or _GIVEN.match(before)
        if begins and tuple(words[at : at + 3]) == RECIPE:
            rest = takewhile(lambda word: word != ";", words[at + 4 :])
            behind = _OPERATORS.intersection(rest)
            stops = before != "||" and behind <= {"&&"} and (is_last or not behind)
            yield words[at + 3], stops


def github_files(subject: Subject) -> list[str]:
    """Return the workflows and the actions of a repository."""
    ours = re.compile(r"\.github/(workflows/[^/]+|actions/[^/]+/action)\.ya?ml")
    return [name for name in subject.files() if ours.fullmatch(name)]


def steps(subject: Subject) -> Iterator[Step]:
    """Yield every command, in the order in which it stands in the files."""
    for name in github_files(subject):
        yield from _github(name, _read(subject.text(name)))
    files = subject.files()
    if PIPELINES["gitlab"] in files:
        yield from _gitlab(_read(subject.text(PIPELINES["gitlab"])))
    if PIPELINES["jenkins"] in files:
        yield from _jenkins(subject.text(PIPELINES["jenkins"]))


class _Loader(yaml.SafeLoader):
    """Reads what has a tag that only a server knows, such as GitLab's `!reference`, as nothing."""


_Loader.add_multi_constructor("!", lambda *_: None)


def _read(text: str) -> dict[str, Any]:
    """Return the mapping that a file holds; what is none, or no YAML, runs nothing."""
    try:
        return _mapping(yaml.load(text, _Loader))  # noqa: S506 # it is a safe one
    except yaml.YAMLError:
        return {}


def _mapping(value: object) -> dict[str, Any]:
    """Return a mapping as it is; an empty key, a list or an expression has no entries."""
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[Any]:
    """Return a list as it is, and of one line a list of it."""
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def jobs(workflow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow by name."""
    return {key: _mapping(job) for key, job in _mapping(workflow.get("jobs")).items()}


def _github(name: str, file: dict[str, Any]) -> Iterator[Step]:
    parts = jobs(file) | ({"runs": _mapping(file["runs"])} if "runs" in file else {})
    for key, job in parts.items():
        for step in map(_mapping, _listed(job.get("steps"))):
            if "run" in step and not (_never_runs(job) or _never_runs(step)):
                given = {k: str(v) for k, v in _mapping(step.get("env")).items()}
                ignored = _is_on(job, "continue-on-error") or _is_on(step, "continue-on-error")
                yield Step(f"{name} {key}", str(step["run"]), given, ignored)


def _never_runs(part: dict[str, Any]) -> bool:
    return "if" in part and not _is_on(part, "if")


def _is_on(part: dict[str, Any], key: str) -> bool:
    """Tell whether a key is there and is not `false`; what an expression says is not known."""
    value = part.get(key)
    return value is not None and str(value).strip("${} ").lower() != "false"


def _gitlab(pipeline: dict[str, Any]) -> Iterator[Step]:
    for key, job in pipeline.items():
        ignored = _is_on(_mapping(job), "allow_failure")
        for part in ("before_script", "script", "after_script"):
            for line in _listed(_mapping(job).get(part)):
                yield Step(f"{PIPELINES['gitlab']} {key}", str(line), may_fail=ignored)


def _jenkins(text: str) -> Iterator[Step]:
    for number, line in enumerate(text.splitlines(), 1):
        for found in _SH.finditer("" if line.lstrip().startswith("//") else line):
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
