"""Parts of the variants, one for each of several machines, which agree without speaking."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import median

from .errors import Refused
from .source import checkout
from .variants import Variant

SECONDS = Path("generator") / "seconds.json"  # of each variant, written by make_seconds.py


def parse(text: str) -> tuple[int, int]:
    """Return which part is meant, and of how many."""
    found = re.fullmatch(r"(\d+)/(\d+)", text, re.ASCII)
    number, count = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= count:
        raise Refused(
            f"--shard {text} is no part of a whole: give a number and a count, as in 3/10."
        )
    return number, count


def recorded(root: Path | None = None) -> dict[str, float]:
    """Return the seconds of each variant, where they are on record.

    The record lies in the repository: one of this machine alone would part the variants
    otherwise than the next machine does, and some would be tried by neither.
    """
    path = (root or checkout() or Path()) / SECONDS
    if not path.is_file():
        return {}
    return {name: float(one) for name, one in json.loads(path.read_text(encoding="utf-8")).items()}


def part(
    variants: list[Variant], number: int, count: int, seconds: dict[str, float]
) -> list[Variant]:
    """Return the variants of one part: the longest first, each to whoever has least to do."""
    usual = median(seconds.values()) if seconds else 1.0
    weight = {variant.name: seconds.get(variant.name, usual) for variant in variants}
    loads, mine = [0.0] * count, set[str]()
    for name in sorted(weight, key=lambda name: (-weight[name], name)):
        lightest = loads.index(min(loads))
        loads[lightest] += weight[name]
        if lightest == number - 1:
            mine.add(name)
    return [variant for variant in variants if variant.name in mine]
