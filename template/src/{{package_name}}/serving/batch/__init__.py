"""Score whole Parquet files: in chunks, in constant memory, and where it stopped it goes on."""

import sys
from pathlib import Path
from typing import Literal

from ...config import Count, Section, Settings


class BatchSettings(Section):
    """How files are scored."""

    chunk_rows: Count = 50_000  # held in memory at once
    bad_rows: Literal["fail", "skip"] = "fail"


def batch(settings: Settings, options: BatchSettings, source: Path, target: Path) -> None:
    """Score every row of a Parquet file into another; run it again to go on after a stop."""
    from ..service import load_champion
    from .score import score_file

    champion = load_champion(settings.registry.bundles, settings.serving.replay_tolerance)
    try:
        result = score_file(champion, source, target, options, _show)
    except KeyboardInterrupt:
        print(f"Stopped: the same command goes on from {target}.parts.", file=sys.stderr)
        raise
    skipped = f", {result.skipped} bad rows left out" if result.skipped else ""
    print(f"Scored {result.rows} rows into {target}{skipped}.")


def _show(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{done:,} of {total:,} rows", end=end, file=sys.stderr, flush=True)
