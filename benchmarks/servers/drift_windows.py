"""Alarms over windows that are known to be clean or shifted, of the stamped rule and of others.

Run in a stamped project with a champion: prints JSON, one row for each rule, size and shift.
"""

# mypy: ignore-errors
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

import numpy as np
from churn import wiring
from churn.features.frames import read_split, to_rows
from churn.monitoring.drift import DriftSettings, compare, rows
from churn.monitoring.drift.compare import ALL, Comparison
from churn.monitoring.drift.difference import Difference
from churn.monitoring.drift.domain_classifier import domain_classifier
from churn.monitoring.drift.numbers import Numbers
from churn.monitoring.drift.window import Chunk
from churn.registry import read_pointer
from churn.registry.bundle import read
from normed import drifted
from scipy.stats import ks_2samp

REFERENCE, COLUMNS = 2_000, 20  # rows that a Bundle keeps; columns of a made-up window
SIZES = (200, 500, 1_000, 5_000)
SHIFTS = (0.0, 0.1, 0.25, 0.5, 1.0)  # of the mean of one column, in standard deviations
Windows = list[tuple[np.ndarray, np.ndarray]]  # of each column, the reference and the window
Rule = Callable[[Windows], list[bool]]
Row = dict[str, float | str]


def stamped(window: Windows) -> list[bool]:
    """Say which columns have drifted, by the rule of the project."""
    found: dict[str, Difference] = {}
    for place, (reference, now) in enumerate(window):
        tally = Numbers(reference)
        tally.add(now)
        found[str(place)] = tally.difference()
    return [one.drifted for one in compare.judge(found, DriftSettings())]


def wasserstein(window: Windows) -> list[bool]:
    """Say it by Evidently's default for references of more than 1,000 rows."""
    return [drifted(reference, now) for reference, now in window]


def kolmogorov(window: Windows) -> list[bool]:
    """Say it by the test alone, at 5 %, as is often done."""
    return [
        bool(ks_2samp(reference, now, method="asymp").pvalue < 0.05) for reference, now in window
    ]


RULES: dict[str, Rule] = {"stamped": stamped, "wasserstein": wasserstein, "ks": kolmogorov}


def made_up(size: int, windows: int) -> Iterator[Row]:
    """Yield alarms over normal columns, of which the first is shifted."""
    for shift in SHIFTS:
        rng = np.random.default_rng(size)
        alarms: dict[str, Counter[str]] = defaultdict(Counter)
        count = windows if shift == 0 else max(windows // 5, 1)
        for _ in range(count):
            drawn = [
                (rng.normal(size=REFERENCE), rng.normal(shift * (place == 0), size=size))
                for place in range(COLUMNS)
            ]
            for name, rule in RULES.items():
                said = rule(drawn)
                alarms[name].update(window=any(said), shifted=said[0])
        for name, found in alarms.items():
            shares = {"alarmed": found["window"] / count, "found": found["shifted"] / count}
            yield {"rule": name, "rows": size, "shift": shift, "windows": count} | shares


def real(size: int, windows: int) -> Iterator[Row]:
    """Yield alarms over real rows, reference and window drawn from the same ones."""
    settings, options = wiring.configure(), DriftSettings()
    bundle = read(settings.registry.bundles / read_pointer(settings.registry.bundles).path)
    inputs = read_split(settings.data.prepared, "train").inputs
    known = Chunk(rows.from_rows(to_rows(inputs)), bundle.score(inputs))
    rng, alarms = np.random.default_rng(size), Counter[str]()
    for seed in range(windows):
        order = rng.permutation(len(known.scores))
        reference, now = known.take(order[:REFERENCE]), known.take(order[REFERENCE:][:size])
        comparison = Comparison(reference)
        comparison.add(now)
        columns = compare.judge(comparison.differences(), options)
        together = {ALL: domain_classifier(reference.inputs, now.inputs, seed)}
        (judged,) = compare.judge(together, options)
        alarms.update(columns=any(one.drifted for one in columns), together=judged.drifted)
    for name in ("columns", "together"):
        share = alarms[name] / windows
        yield {"rule": f"real {name}", "rows": size, "windows": windows, "alarmed": share}


def main(windows: int) -> None:
    """Count alarms, and print them."""
    found = [row for size in SIZES for row in made_up(size, windows)]
    found += [row for size in SIZES[:3] for row in real(size, max(windows // 4, 1))]
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
