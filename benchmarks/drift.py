"""The drift job on a million predictions, beside Evidently's report on the same rows."""

from __future__ import annotations

import resource
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from batch import SERVERS, Figures, run, stamped
from tables import write

from mlstamp.project import Project

ROWS, REPEATS = 1_000_000, 3
EVIDENTLY = ("evidently==0.7.23", "pandas<3", "pyarrow")  # with pandas 3 it cannot be imported
TITLE = "The drift job"


def main() -> None:
    """Measure both, one after the other, and write the table."""
    with TemporaryDirectory() as temporary:
        measure(stamped(Path(temporary).resolve()), Path(temporary).resolve())


def measure(project: Project, folder: Path) -> None:
    """Measure both in a project with a champion, and write the table."""
    fill(project, ROWS, folder)
    rows = [
        _row(f"{project.name} drift, from the log", project, ours(project)),
        _row("Evidently 0.7.23, from Parquet", project, evidently(project, folder)),
    ]
    columns = ["way", "rows x columns", "seconds", "of a processor", "peak memory"]
    write(TITLE, columns, rows)


def fill(project: Project, rows: int, folder: Path) -> None:
    """Give the project a log of so many predictions, and the folder the same as files."""
    log = str(project.root / "predictions.db")
    script = str(SERVERS / "fill_log.py")
    project.must("uv", "run", "python", script, log, str(rows), str(folder), timeout=1800)


def ours(project: Project) -> list[str]:
    """Return the command of the stamped job."""
    return [str(project.root / ".venv" / "bin" / project.name), "drift"]


def evidently(project: Project, folder: Path) -> list[str]:
    """Return the command of Evidently's report."""
    return [str(install(project, folder)), str(SERVERS / "evidently_report.py"), str(folder)]


def install(project: Project, folder: Path) -> Path:
    """Return the Python of an environment of its own that has Evidently."""
    python = folder / "evidently" / "bin" / "python"
    project.must("uv", "venv", str(python.parents[1]))
    project.must("uv", "pip", "install", "--python", str(python), *EVIDENTLY, timeout=1800)
    return python


def _row(name: str, project: Project, command: list[str]) -> list[object]:
    figures, worked = Figures(), []
    for _ in range(REPEATS):
        before = _processor()
        run(project, command, figures)
        worked.append(_processor() - before)
    each = (figures.seconds, worked, figures.memory)
    seconds, processor, memory = (statistics.median(values) for values in each)
    shown = [f"{seconds:.1f}", f"{processor:.1f}", f"{memory:,.0f} MiB"]
    return [name, f"{ROWS:,} x 14", *shown]


def _processor() -> float:
    """Return the seconds of processors that finished commands took: others do not disturb it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
