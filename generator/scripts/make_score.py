"""Write docs/ml-test-score.md from the score of a project: run it after changing an item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from jinja2 import StrictUndefined, Template

from mlstamp.checks.score import NAMES, PARTS, Item, points, read

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "ml-test-score.md"
SOURCE = Path("template") / "ml_test_score.yaml.jinja"
CAPABILITIES = ("strict_gates", "monitoring", "drift", "tuning", "rollout")
TOGETHER = {"monitoring": ("drift",)}  # what goes with a capability when it is turned off
OFF = {  # why an item waits for a setting
    "M1": "whoever tries something out trains code that is not committed yet",
    "M7": "which column is sensitive is not for a template to guess",
}
HEAD = """\
# The ML Test Score

Generated from the project's `ml_test_score.yaml` by
`uv run python generator/scripts/make_score.py`. A test fails when this page differs from it.

The [ML Test Score](https://research.google/pubs/pub46555/) (Breck et al., 2017) asks 28 questions
of a production system. A question that a test answers by itself is one point, and the score is the
smallest of the sums of four parts, so that no part makes up for another. The most is 7. The paper
gives half a point for what a person did and wrote down; here that is no point.

A name in a list proves nothing. So each item has a planted fault: a text in the source and what
breaks it. `mlstamp verify` runs every test of the score (`score.tests`: missing, skipped or red is
a failure). Then it plants each fault in a copy of the source and wants that very test to turn red
(`score.faults`); a fault that merely keeps the test from running does not count. In the project
itself `tests/unit/test_ml_test_score.py` holds that each test and each place of a fault exists.

"""
FALSE = """
## What a point does not say

A test shows that the machinery works, on the sample that comes along. It does not show that *your*
groups fare alike, that *your* labels arrive, or that somebody reads the alert.

- `M1` asks for a commit, not for its review: `.github/CODEOWNERS` asks for that.
- `Mo1` and `Mo2` notice columns and values, not a source that changes its meaning.
- `I6`, `Mo4`, `Mo6` and `Mo7` end in alerts; those are tested by `promtool`, in `mlstamp verify`.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(ROOT), encoding="utf-8")


def page(root: Path) -> str:
    """Return the page for the template at `root`."""
    everything = score(root)
    sums = points(everything)
    told = ", ".join(f"{PARTS[part].lower()} {sums[part]}" for part in PARTS)
    parts = [_part(part, everything) for part in PARTS]
    return "\n".join(
        [
            HEAD + f"## The score: {min(sums.values())} of 7\n",
            f"With every capability on: {told}. {_asked(everything)}\n",
            *parts,
            "## Without a capability\n",
            "| off | " + " | ".join(PARTS.values()) + " | score |",
            "| --- " * (len(PARTS) + 2) + "|",
            *(_without(root, name) for name in CAPABILITIES),
            FALSE,
        ]
    )


def score(root: Path, *off: str) -> dict[str, Item]:
    """Return the score of a project without these capabilities."""
    template = Template((root / SOURCE).read_text(encoding="utf-8"), undefined=StrictUndefined)
    on = {name: name not in off for name in CAPABILITIES}
    return read(template.render(package_name="churn", **on))


def _asked(items: Mapping[str, Item]) -> str:
    """Say which items are no point yet, and what the score is once somebody asks for them."""
    names = [name for name in NAMES if items[name].where]
    on = points({name: replace(item, where="") for name, item in items.items()})
    return (
        f"{' and '.join(names)} are tested as well, but off until a setting asks for them, and no "
        f"point until then: with them it is {min(on.values())} of 7. Off they are because, for "
        + " and, for ".join(f"{name}, {OFF[name]}" for name in names)
        + "."
    )


def _part(part: str, items: Mapping[str, Item]) -> str:
    names = [name for name in NAMES if name.rstrip("1234567") == part]
    rows = [_row(items[name]) for name in names]
    head = ["| item | what holds | test | planted fault |", "| --- | --- | --- | --- |"]
    return "\n".join([f"### {PARTS[part]}\n", *head, *rows, ""])


def _row(item: Item) -> str:
    if not item.test:
        return f"| {item.name} | {item.says} | *by hand*: {item.manual} | |"
    says = f"{item.says} *Where {item.where}.*" if item.where else item.says
    path, sound, broken = (text.strip().replace("|", "\\|") for text in item.fault)
    fault = f"`{path}`: `{sound}` becomes `{broken}`"
    return f"| {item.name} | {says} | `{item.test.partition('::')[2]}` | {fault} |"


def _without(root: Path, name: str) -> str:
    off = (name, *TOGETHER.get(name, ()))
    sums = points(score(root, *off))
    cells = [" and ".join(f"`{one}`" for one in off), *map(str, sums.values())]
    return f"| {' | '.join(cells)} | {min(sums.values())} |"


if __name__ == "__main__":
    main()
