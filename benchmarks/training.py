"""What a stamped repository needs: memory to train, seconds to check and to start serving."""

from __future__ import annotations

import re
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tables import write

from mlstamp import new
from mlstamp.project import Project

PEAK = """\
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print("PEAK", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
IMPORT = """\
import sys, time
started = time.perf_counter()
import {package}.serving
seconds = time.perf_counter() - started
print("IMPORT", seconds, sorted({{"mlflow", "pandera", "optuna", "matplotlib"}} & set(sys.modules)))
"""


def main() -> None:
    """Measure one default repository, and write the table."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        new.stamp(folder / "project", {}, say=lambda _: None)
        project = Project(folder / "project", folder / "logs")
        project.must("uv", "sync", timeout=1800)
        rows = [*checks(project), *training(project), *serving(project)]
    write("The stamped repository", ["what", "figure"], rows)


def checks(project: Project) -> list[list[object]]:
    """Return the seconds of `just check` and the coverage that it reports."""
    checked = project.recipe("check", timeout=900)
    done = project.recipe("coverage", timeout=900)
    covered = re.search(r"TOTAL.*?([\d.]+)%", done.stdout + done.tail(60))
    coverage = f"{covered[1]} %" if covered else "not reported"
    return [
        ["`just check`, the first time after `uv sync`", f"{checked.seconds:.0f} s"],
        ["coverage by its own tests", coverage],
    ]


def training(project: Project) -> list[list[object]]:
    """Return peak memory and seconds of each stage before serving."""
    rows: list[list[object]] = []
    for stage in ("data", "train", "evaluate", "promote"):
        program = ["uv", "run", "python", "-c", PEAK, project.name, stage]
        started = time.perf_counter()
        said = project.must(*program, timeout=900).stdout
        seconds = time.perf_counter() - started
        peak = int(said.rpartition("PEAK ")[2].split()[0]) / 1024
        rows.append([f"`{project.name} {stage}`", f"{seconds:.1f} s, peak {peak:.0f} MiB"])
    return rows


def serving(project: Project) -> list[list[object]]:
    """Return the import time of the service, warm, and the training tools that it loads."""
    code = IMPORT.format(package=project.package)
    said = [project.must("uv", "run", "python", "-c", code).stdout for _ in range(4)][1:]
    figures = [text.rpartition("IMPORT ")[2].split(maxsplit=1) for text in said]
    seconds = statistics.median(float(figure[0]) for figure in figures)
    return [
        ["import of the serving process", f"{seconds:.2f} s"],
        ["training tools loaded by it", figures[0][1].strip()],
    ]


if __name__ == "__main__":
    main()
