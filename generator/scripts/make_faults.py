"""Write docs/planted-faults.md from tests/mutants: run it after changing a fault."""

from __future__ import annotations

from pathlib import Path

from mlstamp.checks import CHECKS
from mlstamp.faults import Fault, read
from mlstamp.runner import BUILD

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "planted-faults.md"
FOLDER = ROOT / "tests" / "mutants"
# Checks that no fault names, and why.
WITHOUT = {
    "ci.audit": "a package becomes vulnerable by what the world learns, not by the template",
    "ci.pipeline": "its jobs are recipes, which `ci.executed` runs; the runner tries the file",
    **{
        f"conformance.{name}": "it holds a project in use against the template; its tests plant "
        "faults in such projects"
        for name in ("bars", "bundle", "committed", "drift", "gates", "pipelines", "release")
    },
    "python.3.11": "it runs the tests as `python.3.13` does",
    "python.3.12": "it runs the tests as `python.3.13` does, and counts the lines that they run",
    "python.3.14": "it runs the tests as `python.3.13` does",
    "update.history": "what it adds to `update.edits` is what earlier states did, "
    "which no change of the present one plants",
}
HEAD = """\
# Planted faults

Generated from `tests/mutants/` by `uv run python generator/scripts/make_faults.py`. A test fails
when this page differs from them.

A check that is green proves nothing until it has been red. So there is a set of faults: each is a
change that breaks the template in one way, with the check that has to notice. `mlstamp faults`
plants them one at a time in a copy of the template, builds a project with the answers beside it,
and runs that check with what it requires.

- The check has to be green without the fault, and red with it: not blocked by another one, and
  not for want of a tool, which is *not verified here*.
- It has to say what was foreseen. Red for another reason does not count.
- The text that a fault changes stands in its file exactly once. A fault that no longer fits is an
  error, so the set cannot rot.
- A fault that survives makes the command exit with 1, unless its file explains why. As soon as it
  is noticed, the explanation is an error.

The answers are the fewest that show the fault: `minimal` and what stands beside it.

"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(read(FOLDER)), encoding="utf-8")


def page(known: list[Fault]) -> str:
    """Return the page for these faults."""
    families = dict.fromkeys(name.partition(".")[0] for name in [BUILD, *CHECKS])
    parts = [_part(family, [one for one in known if _of(family, one)]) for family in families]
    without = [f"- `{name}`: {why}." for name, why in WITHOUT.items()]
    explained = [f"- `{one.name}`: {one.survives}" for one in known if one.survives]
    count = f"{len(known)} faults for {len({one.check for one in known})} checks."
    return "\n".join(
        [
            HEAD + f"{count}\n",
            *filter(None, parts),
            "## What survives\n",
            *(explained or ["Nothing."]),
            "\n## Checks without a fault\n",
            *without,
            "",
        ]
    )


def _of(family: str, fault: Fault) -> bool:
    return fault.check.partition(".")[0] == family


def _part(family: str, found: list[Fault]) -> str:
    rows = [_row(one) for one in sorted(found, key=lambda one: one.check)]
    head = ["| fault | what it breaks | answers | noticed by |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## {family}\n", *head, *rows, ""]) if rows else ""


def _row(fault: Fault) -> str:
    beside = [_answer(name, it) for name, it in fault.answers.items() if name != "profile"]
    answers = ", ".join([str(fault.answers.get("profile", "default")), *beside])
    noticed = f"`{fault.check}`" + (" (survives)" if fault.survives else "")
    return f"| `{fault.name}` | {fault.breaks} | {answers} | {noticed} |"


def _answer(name: str, answer: object) -> str:
    return name if answer is True else f"{name} {answer}"


if __name__ == "__main__":
    main()
