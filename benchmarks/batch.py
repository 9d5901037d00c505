"""Scoring files: the stamped `batch` beside what people use instead, whole processes in one run."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from tables import write

from mlstamp import new
from mlstamp.project import Project, clean_environment

SERVERS = Path(__file__).resolve().parent / "servers"
SIZES = (100_000, 1_000_000, 10_000_000)
REPEATS = 2  # the largest file shows the memory, once
OURS, PLAIN = "mlstamp", "scikit-learn + pandas"
OTHERS = {"Ray Data": ("ray", "ray[data]"), "Spark": ("spark", "pyspark>=4,<5")}  # with our model
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
            for repeat in range(1 if size == SIZES[-1] else REPEATS):
                for name, command in ways.items():
                    out = folder / f"{name}-{size}-{repeat}.parquet"
                    run(project, [*command, str(source), str(out)], figures[name, size])
                    print(name, size, f"{figures[name, size].seconds[-1]:.1f} s", flush=True)
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
    others = {
        name: [str(install(project, folder, package)), str(SERVERS / f"{folder}_batch.py")]
        for name, (folder, package) in OTHERS.items()
    }
    return {OURS: [str(scripts / project.name), "batch"], PLAIN: plain, **others}


def install(project: Project, folder: str, package: str) -> Path:
    """Return the Python of a new environment with what the service needs, and a package."""
    python = project.logs / folder / "bin" / "python"
    project.must("uv", "venv", str(python.parents[1]))
    exported = ("uv", "export", "--frozen", "--no-hashes", "--no-header", "--group", "serve")
    locked = project.logs / "serve.txt"
    locked.write_text(project.must(*exported).stdout.replace("-e .", str(project.root)))
    needed = ("uv", "pip", "install", "--python", str(python), "-r", str(locked), package, "pandas")
    project.must(*needed, timeout=1800)
    return python


def run(project: Project, command: list[str], figures: Figures) -> None:
    """Run one way to its end, and look at its memory ten times a second."""
    environment = clean_environment({"BUNDLE": str(project.champion())})
    began, peak = time.perf_counter(), 0
    process = psutil.Popen(command, cwd=project.root, env=environment)
    while process.poll() is None:
        peak = max(peak, memory(process))
        time.sleep(0.1)
    if process.wait():
        raise SystemExit(f"{' '.join(command)} failed.")
    figures.seconds.append(time.perf_counter() - began)
    figures.memory.append(peak / 2**20)


def memory(process: psutil.Popen) -> int:
    """Return the memory of a process and all it started, pages that they share counted once."""
    total = 0
    for one in [process, *_children(process)]:
        with suppress(psutil.Error):
            full = one.memory_full_info()
            total += getattr(full, "pss", full.uss)
    return total


def _children(process: psutil.Popen) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []


def _row(
    name: str, size: int, found: Figures, figures: dict[tuple[str, int], Figures]
) -> list[object]:
    seconds = statistics.median(found.seconds)
    plain = statistics.median(figures[PLAIN, size].seconds)
    memory = f"{statistics.median(found.memory):,.0f} MiB"
    rate, times = f"{size / seconds:,.0f}", f"{plain / seconds:.1f}"
    return [name, f"{size:,}", f"{seconds:.1f}", rate, times, memory]


if __name__ == "__main__":
    main()
