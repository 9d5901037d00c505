"""The drift job on a million predictions, beside Evidently's report on the same rows."""

from __future__ import annotations

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
        folder = Path(temporary).resolve()
        project = stamped(folder)
        fill(project, ROWS, folder)
        rows = [
            _row(f"{project.name} drift, from the log", project, ours(project)),
            _row("Evidently 0.7.23, from Parquet", project, evidently(project, folder)),
        ]
    write(TITLE, ["way", "rows x columns", "seconds", "peak memory"], rows)


def fill(project: Project, rows: int, folder: Path) -> None:
    """Give the project a log of so many predictions, and the folder the same as files."""
    log = str(project.root / "predictions.db")
    script = str(SERVERS / "fill_log.py")
    project.must("uv", "run", "python", script, log, str(rows), str(folder), timeout=1800)


def ours(project: Project) -> list[str]:
    """Return the command of the stamped job."""
    return [str(project.root / ".venv" / "bin" / project.name), "drift"]


def evidently(project: Project, folder: Path) -> list[str]:
    """Return the command of Evidently, in an environment of its own."""
    python = folder / "evidently" / "bin" / "python"
    project.must("uv", "venv", str(python.parents[1]))
    project.must("uv", "pip", "install", "--python", str(python), *EVIDENTLY, timeout=1800)
    return [str(python), str(SERVERS / "evidently_report.py"), str(folder)]


def _row(name: str, project: Project, command: list[str]) -> list[object]:
    figures = Figures()
    for _ in range(REPEATS):
        run(project, command, figures)
    seconds, memory = (statistics.median(each) for each in (figures.seconds, figures.memory))
    return [name, f"{ROWS:,} x 14", f"{seconds:.1f}", f"{memory:,.0f} MiB"]


if __name__ == "__main__":
    main()
