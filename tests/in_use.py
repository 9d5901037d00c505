"""A project in use, of a small template in git: gates, bars, a pipeline, and three owners."""

from __future__ import annotations

import hashlib
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mlstamp import cli, conformance, render
from mlstamp.checks import CHECKS
from mlstamp.checks.base import Failed
from mlstamp.checks.update import commit
from mlstamp.findings import Finding
from mlstamp.source import Source, git
from mlstamp.stamp import Templates
from tests.support import write_all

GATES = """\
def beats_baseline(evidence) -> Gate:
    return Gate(passed=evidence.gain > 0)


def calibrated(evidence) -> Gate:
    return Gate(passed=evidence.error <= 0.05)


def decide(evidence):
    return [gate(evidence) for gate in GATES]


GATES = (beats_baseline, calibrated)
FOR_CLASSIFICATION = (calibrated,)
"""
CONFIG = """\
class EvaluationSettings(Section):
    max_slice_drop: Share = 0.02
    max_calibration_error: Share = 0.1
    min_positives: Count = 200
    bootstrap: Count = 500


class ServingSettings(Section):
    max_rows: Count = 10_000
    replay_tolerance: float = 1e-6
"""
SETTINGS = """\
name: churn
evaluation:
  max_calibration_error: 0.05 # what the release says
  min_positives: 200
serving:
  max_rows: 10000
"""
WORKFLOW = """\
jobs:
  check:
    steps:
      - run: uv sync --locked
      - run: uv run just check
      - run: uv run just secrets
"""
PYPROJECT = """\
[project]
name = "churn"
dependencies = [
    "numpy>=2",
    # Your own dependencies go below this line.
]
[project.scripts]
churn = "churn.cli:main"
"""
TEMPLATE = {
    "copier.yml": """\
_subdirectory: template
_templates_suffix: .jinja
_skip_if_exists: [/config, /src/*/problem]
colour: {type: str, default: red, choices: [red, green]}
strict_gates: {type: bool, default: true}
ci: {type: str, default: github}
""",
    "template/.copier-answers.yml.jinja": "{{ _copier_answers | to_nice_yaml }}",
    "template/Dockerfile.jinja": "FROM {{ colour }}\nRUN one\nRUN two\nRUN three\n",
    "template/pyproject.toml": PYPROJECT,
    "template/justfile": "check: lint types\n\nlint:\n    ruff check\n",
    "template/.github/workflows/ci.yml": WORKFLOW,
    "template/config/default.yaml": SETTINGS,
    "template/src/churn/problem/model.py": "MODEL = 1\n",
    "template/src/churn/config.py": CONFIG,
    "template/src/churn/serving/app.py": "APP = 1\n",
    "template/src/churn/evaluation/gates.py": GATES,
    "template/src/churn/registry/store.py": "def promote(verdict):\n    refuse(verdict)\n",
}


@dataclass
class InUse:
    """A template with a release, and a committed project of it."""

    template: Path
    project: Path

    def release(self, name: str) -> None:
        """Tag what lies in the template."""
        with (self.template / "template" / "justfile").open("a", encoding="utf-8") as file:
            file.write(f"# {name}\n")
        commit(self.template, name)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        write_all(self.project, {name: text})

    def change(self, name: str, before: str, after: str) -> None:
        """Replace what has to be there in a file of the project."""
        text = (self.project / name).read_text(encoding="utf-8")
        assert before in text
        self.write(name, text.replace(before, after))

    def run(self, check: str) -> tuple[Finding, ...]:
        """Run a check as it is run on a copy: it returns what is no error, or raises."""
        with (
            TemporaryDirectory() as work,
            conformance.copy_of(self.project, Templates(Path(work))) as subject,
        ):
            return CHECKS[check].run(subject) or ()

    def found(self, check: str) -> tuple[Finding, ...]:
        """Return all that a check finds."""
        try:
            return self.run(check)
        except Failed as fault:
            return fault.findings


def in_use(folder: Path) -> InUse:
    """Return a project that was stamped from v1.0.0, and not touched since."""
    made = InUse(folder / "template", folder / "churn")
    write_all(made.template, TEMPLATE)
    git("init", "--quiet", "--initial-branch=main", cwd=made.template)
    made.release("v1.0.0")
    render.render(Source(str(made.template), "v1.0.0"), made.project, {})
    git("init", "--quiet", "--initial-branch=main", cwd=made.project)
    commit(made.project)
    return made


def ended(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Run mlstamp with these words, as a shell would, and return the exit code."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["mlstamp", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


def fingerprint(folder: Path) -> str:
    """Return the SHA-256 of every name, time and byte in a folder, those of git included."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(f"{path.relative_to(folder)} {path.stat().st_mtime_ns}".encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()
