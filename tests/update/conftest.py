"""A tiny template with releases, and projects of it, new and in use."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlstamp import render
from mlstamp.checks.update import commit
from mlstamp.source import Source, git
from tests.support import ROOT, write_all

COPIER = """\
_subdirectory: template
_templates_suffix: .jinja
_skip_if_exists: [/mine*.txt]
_exclude: ["{% if _copier_operation == 'update' %}/mine*.txt{% endif %}"]
colour: {type: str, default: red, choices: [red, green]}
loud: {type: bool, default: false}
"""
NAMES = (
    *("same", "new", "kept", "merged", "clash", "gone", "lost", "here", "torn", "mine"),
    *("dropped", "taken", "two words é"),
)
OLD = {
    "copier.yml": COPIER,
    "template/.copier-answers.yml.jinja": "{{ _copier_answers | to_nice_yaml }}",
    **{f"template/{n}.txt": "".join(f"line {k} of {n}\n" for k in range(9)) for n in NAMES},
}
EDITED = ("kept", "merged", "clash", "lost", "here", "torn", "mine", "two words é")


@dataclass
class Place:
    """A template in git with two releases, and a project of the first."""

    template: Path
    project: Path

    def release(self, name: str, **questions: str) -> None:
        """Tag what lies in the template."""
        text = COPIER
        for old, new in questions.items():
            text = text.replace(old, new)
        (self.template / "copier.yml").write_text(text)
        commit(self.template, name)

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Start `mlstamp update` on the project, as a person does."""
        command = [sys.executable, "-c", "from mlstamp.cli import main; main()", "update"]
        path = os.pathsep.join(
            filter(None, [str(ROOT / "generator"), os.environ.get("PYTHONPATH")])
        )
        extra = {"PYTHONPATH": path, "NO_COLOR": "1", "COLUMNS": "200", **environment}
        return subprocess.Popen(
            [*command, str(self.project), *words],
            env={**os.environ, **extra},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def update(self, *words: str, **environment: str) -> tuple[int, str, str]:
        """Return how `mlstamp update` ended, and what it said."""
        process = self.start(*words, **environment)
        out, err = process.communicate()
        return process.returncode, out, err


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project as it was stamped, and committed; the next release changes one file."""
    made = Place(tmp_path / "template", tmp_path / "project")
    write_all(made.template, OLD)
    for name in ("logo", "photo"):
        (made.template / "template" / f"{name}.bin").write_bytes(b"\0 as stamped")
    git("init", "--quiet", "--initial-branch=main", cwd=made.template)
    made.release("v1.0.0")
    render.render(Source(str(made.template), "v1.0.0"), made.project, {})
    git("init", "--quiet", "--initial-branch=main", cwd=made.project)
    commit(made.project)
    append(made.template / "template" / "new.txt", "from the template\n")
    return made


@pytest.fixture
def used(place: Place) -> Place:
    """A project in use, and a release in which everything happens at once."""
    use(place.project)
    change(place.template / "template")
    place.release("v2.0.0")
    return place


def use(project: Path) -> None:
    """Do what owners do."""
    for name in EDITED:
        append(project / f"{name}.txt", "from the owner\n")
    (project / "own.txt").write_text("from the owner\n")
    for name in ("own", "logo", "photo"):
        (project / f"{name}.bin").write_bytes(b"\0 from the owner")
    (project / "dropped.txt").unlink()
    git("mv", "taken.txt", "put elsewhere.txt", cwd=project)
    commit(project)


def change(source: Path) -> None:
    """Do what a release may do."""
    for name in ("clash", "mine", "torn", "dropped", "taken"):
        append(source / f"{name}.txt", "from the template\n")
    for name in ("merged", "here", "two words é"):
        path = source / f"{name}.txt"
        path.write_text("from the template\n" + path.read_text())
    for name in ("gone", "lost"):
        (source / f"{name}.txt").unlink()
    (source / "here.txt").rename(source / "there.txt")
    (source / "torn.txt").rename(source / "torn apart.txt")
    for name in ("later", "own", "mine too"):
        (source / f"{name}.txt").write_text("from the template\n")
    for name in ("own", "photo"):
        (source / f"{name}.bin").write_bytes(b"\0 from the template")


def append(path: Path, line: str) -> None:
    """Add a line to a file."""
    path.write_text(path.read_text() + line)
