"""How many planted faults are noticed, and what it takes to see that.

uv run mlstamp faults --json faults.json
uv run python benchmarks/planted.py faults.json
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tables import write

from mlstamp.faults import Ending

HEAD = ["planted", *Ending, "minutes", "seconds of one (median)", "(slowest)"]


def main(path: str) -> None:
    """Write a row about the whole run: how the faults ended, and how long each took."""
    run: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    ends = Counter(one["outcome"] for one in run["faults"])
    seconds = [one["seconds"] for one in run["faults"]]
    took = [run["seconds"] / 60, statistics.median(seconds), max(seconds)]
    row = [run["tried"], *(ends[ending] for ending in Ending), *(f"{one:.0f}" for one in took)]
    write("Planted faults", HEAD, [row])


if __name__ == "__main__":
    main(*sys.argv[1:])
