"""Write how long each variant took, by which `verify --shard` balances its parts.

Give it the JSON of complete runs (`verify --all --fresh --json FILE`), one or more; what a run left
out keeps the seconds that it had.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from mlstamp import shards

ROOT = Path(__file__).resolve().parents[2]


def seconds_of(run: Path) -> dict[str, float]:
    """Return the seconds of each variant of a run, in whole ones: the rest is noise."""
    found: Counter[str] = Counter()
    for result in json.loads(run.read_text(encoding="utf-8"))["results"]:
        found[result["variant"]] += result["seconds"]
    return {name: float(round(seconds)) for name, seconds in found.items() if seconds >= 1}


def main(runs: list[Path]) -> None:
    """Take in the runs."""
    known = shards.recorded(ROOT)
    for run in runs:
        known |= seconds_of(run)
    text = json.dumps(dict(sorted(known.items())), indent=1)
    (ROOT / shards.SECONDS).write_text(f"{text}\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
