"""Bring your own problem: four files replaced, and everything else stays as it was."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from ..render import render
from ..source import Source, git
from .base import Check, NotVerified, Subject
from .runtime import SameAnswers
from .structure import OneProblem
from .update import commit


class Swap(Check):
    """A base for whole other problems; `problem` names the folder."""

    problem = ""
    needs_template = True
    only_for = ("default",)
    requires = ("runtime.serving",)

    def run(self, subject: Subject) -> None:
        """With another problem in place, a check or a stage is red."""
        other = subject.problems / self.problem if subject.problems else None
        if other is None or not other.is_dir():
            raise NotVerified(f"the problem {self.problem}")
        swapped = swap(subject, other)
        OneProblem().run(swapped)
        swapped.project.must("uv", "sync", timeout=1200)
        swapped.project.recipe("check", timeout=900)
        swapped.project.recipe("lifecycle", timeout=900)
        SameAnswers().run(swapped)


class Weather(Swap):
    """Another regression, with other columns and another model, leaves every check green."""

    id = "swap.weather"
    problem = "weather"


class Planes(Swap):
    """A short classification full of gaps leaves every check green."""

    id = "swap.planes"
    problem = "planes"


def swap(subject: Subject, other: Path) -> Subject:
    """Return a repository of its own, with the other problem in the place of the sample."""
    root = subject.work / f"swap-{other.name}"
    answers = {name: value for name, value in subject.answers.items() if name[0] != "_"}
    render(Source(str(subject.template)), root, answers)
    package = subject.project.package
    places = {
        "problem": f"src/{package}/problem",
        "tests/problem": "tests/problem",
        "data": "data",
        "config": "config",
    }
    for name, place in places.items():
        if (other / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(other / name, root / place, dirs_exist_ok=True, ignore=ignore)
    lock = subject.root / "uv.lock"
    if lock.is_file():
        shutil.copy2(lock, root / "uv.lock")
    git("init", "--quiet", "--initial-branch=main", cwd=root)
    commit(root)
    logs = subject.project.logs / f"swap-{other.name}"
    return replace(subject, project=replace(subject.project, root=root, logs=logs))
