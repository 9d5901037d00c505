"""Score whole Parquet files: in chunks, in constant memory, and where it stopped it goes on."""

import os
import sys
from pathlib import Path
from typing import Literal

from ...config import Count, Section, Settings

# Its own allocator keeps more from chunk to chunk; it asks for the name when it is loaded.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


class BatchSettings(Section):
    """How files are scored."""

    chunk_rows: Count = 50_000  # each thread holds so many in memory
    bad_rows: Literal["fail", "skip"] = "fail"
    threads: Count | None = None  # as many as there are cores


def batch(settings: Settings, options: BatchSettings, source: Path, target: Path) -> None:
    """Score every row of a Parquet file into another; run it again to go on after a stop."""
    from rich.console import Console
    from rich.progress import Progress

    from ..service import load
    from .score import score_file

    champion = load(settings)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Scoring", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        try:
            result = score_file(champion, source, target, options, show)
        except KeyboardInterrupt:
            print(f"Stopped: the same command goes on from {target}.parts.", file=sys.stderr)
            raise
    skipped = f", {result.skipped} bad rows left out" if result.skipped else ""
    print(f"Scored {result.rows} rows into {target}{skipped}.")
