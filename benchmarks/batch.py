"""Scoring files: the stamped `batch` beside scikit-learn with pandas, whole processes."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from tables import write

from mlstamp import new
from mlstamp.project import Project, clean_environment

SERVERS = Path(__file__).resolve().parent / "servers"
SIZES = (1_000_000, 10_000_000)
REPEATS = 3  # of the smaller file; the larger one shows the memory, once
ENLARGE = """\
import sys
import pyarrow.parquet as pq
table = pq.read_table("data/sample/examples.parquet")
rows = int(sys.argv[2])
with pq.ParquetWriter(sys.argv[1], table.schema, compression="zstd") as writer:
    while rows > 0:
        writer.write_table(table.slice(0, rows))
        rows -= len(table)
"""


@dataclass
class Figures:
    """Seconds and peak memory in MiB, once for each repeat."""

    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def main() -> None:
    """Measure both ways, one after the other, and write the table."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        project = stamped(folder)
        ways = commands(project)
        figures: dict[tuple[str, int], Figures] = defaultdict(Figures)
        for size in SIZES:
            source = folder / f"{size}.parquet"
            project.must("uv", "run", "python", "-c", ENLARGE, str(source), str(size))
            for _ in range(REPEATS if size == SIZES[0] else 1):
                for name, command in ways.items():
                    run(project, [*command, str(source), str(folder / "out")], figures[name, size])
    rows = [_row(name, size, found, figures) for (name, size), found in figures.items()]
    columns = ["way", "rows", "seconds", "rows/s", "times as fast", "peak memory"]
    write("Scoring files", columns, rows)


def stamped(folder: Path) -> Project:
    """Return a default repository with a champion."""
    new.stamp(folder / "project", {}, say=lambda _: None)
    project = Project(folder / "project", folder / "logs")
    project.must("uv", "sync", timeout=1800)
    for stage in ("data", "train", "evaluate", "promote"):
        project.cli(stage)
    return project


def commands(project: Project) -> dict[str, list[str]]:
    """Return each way by its name, without the two files."""
    scripts = project.root / ".venv" / "bin"
    plain = [str(scripts / "python"), str(SERVERS / "plain_batch.py")]
    return {"mlstamp": [str(scripts / project.name), "batch"], "scikit-learn + pandas": plain}


def run(project: Project, command: list[str], figures: Figures) -> None:
    """Run one way to its end, and look at its memory twenty times a second."""
    environment = clean_environment({"BUNDLE": str(project.champion())})
    began, peak = time.perf_counter(), 0
    process = psutil.Popen(command, cwd=project.root, env=environment)
    while process.poll() is None:
        try:
            peak = max(peak, process.memory_info().rss)
        except psutil.Error:
            break
        time.sleep(0.05)
    if process.wait():
        raise SystemExit(f"{' '.join(command)} failed.")
    figures.seconds.append(time.perf_counter() - began)
    figures.memory.append(peak / 2**20)


def _row(
    name: str, size: int, found: Figures, figures: dict[tuple[str, int], Figures]
) -> list[object]:
    seconds = statistics.median(found.seconds)
    plain = statistics.median(figures["scikit-learn + pandas", size].seconds)
    memory = f"{statistics.median(found.memory):,.0f} MiB"
    rate, times = f"{size / seconds:,.0f}", f"{plain / seconds:.1f}"
    return [name, f"{size:,}", f"{seconds:.1f}", rate, times, memory]


if __name__ == "__main__":
    main()
