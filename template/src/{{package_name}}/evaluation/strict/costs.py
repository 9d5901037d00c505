"""What a Bundle costs to run: measured in turns with the champion, so that noise hits both."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ... import registry
from ...errors import StageError
from ...registry import Gate

WEIGH = [sys.executable, "-P", "-m", f"{registry.__name__}.weigh"]
ROUNDS = 10
# Units of what people read; below these differences a ratio means nothing.
NEGLIGIBLE = {"p95_ms": 1.0, "load_s": 0.5, "size_mb": 5.0, "memory_mb": 50.0}
Round = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """One figure of both Bundles."""

    name: str
    new: float
    old: float

    def exceeds(self, ratio: float) -> bool:
        """Tell whether the new one costs more than `ratio` times the old, and noticeably so."""
        return self.new > ratio * self.old and self.new - self.old > NEGLIGIBLE[self.name]


def costs_no_more(costs: Sequence[Cost], ratio: float) -> Gate:
    """Refuse a challenger that is noticeably dearer to run than the champion."""
    told = ", ".join(f"{one.name} {one.new:.2f} (champion {one.old:.2f})" for one in costs)
    dear = ", ".join(one.name for one in costs if one.exceeds(ratio))
    return Gate(
        name="costs_no_more",
        passed=not dear,
        reason=f"{told or 'The same model'}: {dear or 'nothing'} is more than {ratio} times the "
        "champion's.",
    )


def compare_costs(new: Path, old: Path) -> list[Cost]:
    """Return latency, load time, size and memory of two Bundles."""
    with _scale(new) as weigh_new, _scale(old) as weigh_old:
        turns = [(weigh_new(), weigh_old()) for _ in range(ROUNDS)]
    ours, theirs = (_figures([turn[side] for turn in turns]) for side in (0, 1))
    ours["size_mb"], theirs["size_mb"] = _size(new), _size(old)
    return [Cost(name, ours[name], theirs[name]) for name in NEGLIGIBLE]


def _figures(rounds: list[Round]) -> dict[str, float]:
    """Return the typical round: one that something else disturbed does not decide."""
    return {
        "p95_ms": 1e3 * float(np.median([np.percentile(one["answers"], 95) for one in rounds])),
        "load_s": float(np.median([one["load"] for one in rounds])),
        "memory_mb": rounds[-1]["memory"] / 1e6,
    }


def _size(path: Path) -> float:
    return sum(file.stat().st_size for file in path.iterdir()) / 1e6


@contextmanager
def _scale(path: Path) -> Iterator[Callable[[], Round]]:
    """Return a function that weighs the Bundle for one round, in a process that lives on."""
    command, pipe = [*WEIGH, str(path)], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as child:
        asked, told = child.stdin, child.stdout
        assert asked and told  # noqa: S101 - both are pipes, as asked for above

        def weigh() -> Round:
            try:
                print(file=asked, flush=True)
                return dict(json.loads(told.readline()))
            except (OSError, ValueError) as error:
                with suppress(OSError):  # what it did not take: else that would be the failure told
                    asked.close()
                raise StageError(
                    f"{path} cannot be weighed: its process ended early, and printed why."
                ) from error

        yield weigh
