"""The infrastructure of AWS, applied to a cloud that is played: seconds of each step."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from tables import write

from mlstamp.checks.base import Subject
from mlstamp.checks.infra_moto import Applies
from mlstamp.project import Project
from mlstamp.render import render
from mlstamp.source import Source, snapshot

ROOT = Path(__file__).resolve().parents[1]
ANSWERS: dict[str, object] = {"profile": "minimal", "cloud": "aws"}
# Steps as the check calls them, of the folder that is applied once and of an environment.
STEPS = ("apply", "second plan", "canary", "promote", "destroy")


def main() -> None:
    """Apply, plan again, take an image through a canary and destroy; write the table."""
    with snapshot(ROOT) as template, TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        render(Source(str(template)), folder / "project", ANSWERS)
        project = Project(folder / "project", folder / "logs")
        Applies().run(Subject(project, folder / "work", "cloud-aws", ANSWERS))
        seconds = json.loads((folder / "work" / "moto" / "seconds.json").read_text("utf-8"))
    rows = [row(seconds, name) for name in ("bootstrap", "staging")]
    write("Infrastructure", ["on moto", *(f"{step}, seconds" for step in STEPS)], rows)


def row(seconds: dict[str, float], folder: str) -> list[object]:
    """Return the seconds of each step in one folder, nothing where it has no such step."""
    return [folder, *(seconds.get(f"{folder}: {step}", "") for step in STEPS)]


if __name__ == "__main__":
    main()
