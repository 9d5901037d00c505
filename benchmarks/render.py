"""Seconds of a render in process, how many files a repository has, and of how many capabilities."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tables import write

from mlstamp.answers import Answers, Questionnaire
from mlstamp.render import render
from mlstamp.source import Source, snapshot
from mlstamp.variants import capabilities

ROOT = Path(__file__).resolve().parents[1]
PROFILES = {"minimal": "minimal", "default": "recommended", "everything": "everything"}
STEPS = (5, 10, 15)
REPEATS = 5
COLUMNS = ["variant", "capabilities", "files", "seconds (median of 5)", "seconds (slowest)"]


def main() -> None:
    """Measure, and write the table."""
    with snapshot(ROOT) as template, TemporaryDirectory() as temporary:
        rows = [
            [name, count, *measure(template, Path(temporary) / name, answers)]
            for name, count, answers in growing(template)
        ]
    write("Render", COLUMNS, rows)


def growing(template: Path) -> Iterator[tuple[str, int, Answers]]:
    """Yield repositories with ever more capabilities: their name, how many, and the answers."""
    questionnaire = Questionnaire.read(template)
    names = capabilities(template, questionnaire)
    minimal, most = (questionnaire.resolve({"profile": name}) for name in ("minimal", "everything"))
    differing = [name for name in names if most[name] != minimal[name]]

    def count(answers: Answers) -> int:
        found = questionnaire.resolve(answers)
        return sum(found[name] != minimal[name] for name in names)

    found: list[tuple[str, Answers]] = [(name, {"profile": p}) for name, p in PROFILES.items()]
    for step in STEPS:
        some = {name: most[name] for name in differing[:step]}
        found.append((f"minimal and {step} more", {"profile": "minimal", **some}))
    counted = [(name, count(answers), answers) for name, answers in found]
    yield from sorted(counted, key=lambda row: row[1])


def measure(template: Path, folder: Path, answers: Answers) -> list[object]:
    """Render some times into fresh folders; return the files, and the seconds."""
    seconds = []
    for n in range(REPEATS):
        started = time.perf_counter()
        render(Source(str(template)), folder / str(n), answers)
        seconds.append(time.perf_counter() - started)
    files = sum(path.is_file() for path in (folder / "0").rglob("*"))
    return [files, f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}"]


if __name__ == "__main__":
    main()
