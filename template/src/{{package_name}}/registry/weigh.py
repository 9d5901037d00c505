"""Weigh one Bundle in a process of its own: how long it loads and answers, what memory it takes.

Run as a module with the Bundle's folder. Each line of standard input asks for one round, so that
a caller can take turns between two Bundles: what slows the machine down then slows both.
"""

import json
import sys
from itertools import cycle
from pathlib import Path
from time import perf_counter

from ..errors import StageError
from ..features import to_columns
from .bundle import Bundle, read

ANSWERS, PATIENCE = 30, 0.1  # in one round: so many predictions, or so many seconds


def main() -> None:
    """Answer each line of standard input with the figures of one round, as a line of JSON."""
    path = Path(sys.argv[1])
    try:
        for _ in sys.stdin:
            print(json.dumps(one_round(path)), flush=True)
    except StageError as error:
        raise SystemExit(str(error)) from None


def one_round(path: Path) -> dict[str, object]:
    """Return seconds to load, seconds of each prediction of one row, and the peak memory."""
    start = perf_counter()
    bundle = read(path)
    loaded = perf_counter() - start
    return {"load": loaded, "answers": _answers(bundle), "memory": _peak_bytes()}


def _answers(bundle: Bundle) -> list[float]:
    rows, seconds = cycle(bundle.replay["rows"]), [0.0]
    while len(seconds) <= ANSWERS and sum(seconds) < PATIENCE:
        columns = to_columns([next(rows)])
        start = perf_counter()
        bundle.score(columns)
        seconds.append(perf_counter() - start)
    return seconds[1:]


def _peak_bytes() -> int:
    """Return the most memory this process ever held; 0 where the system does not say."""
    status = Path("/proc/self/status")  # ru_maxrss would start from what the parent held
    lines = status.read_text().splitlines() if status.exists() else []
    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return 1024 * int(found[0]) if found else 0


if __name__ == "__main__":
    main()
