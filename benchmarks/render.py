"""Seconds of a render in process, and how many files a repository has."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tables import write

from mlstamp.render import render
from mlstamp.source import Source, snapshot

ROOT = Path(__file__).resolve().parents[1]
VARIANTS = {
    "minimal": {"profile": "minimal"},
    "default": {},
    "everything": {"profile": "everything"},
}
REPEATS = 5


def main() -> None:
    """Measure, and write the table."""
    with snapshot(ROOT) as template, TemporaryDirectory() as temporary:
        rows = [
            measure(template, Path(temporary) / name, name, answers)
            for name, answers in VARIANTS.items()
        ]
    write("Render", ["variant", "files", "seconds (median of 5)", "seconds (slowest)"], rows)


def measure(template: Path, folder: Path, name: str, answers: dict[str, str]) -> list[object]:
    """Render some times into fresh folders; return a row."""
    seconds = []
    for n in range(REPEATS):
        started = time.perf_counter()
        render(Source(str(template)), folder / str(n), answers)
        seconds.append(time.perf_counter() - started)
    files = sum(path.is_file() for path in (folder / "0").rglob("*"))
    return [name, files, f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}"]


if __name__ == "__main__":
    main()
