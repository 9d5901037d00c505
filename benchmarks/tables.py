"""One Markdown page of measurements; each benchmark replaces its own section."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Measured by the scripts in `benchmarks/`; each replaces its own section. How often the drift rule
is wrong, and Evidently's, stands on [its page](capabilities/drift.md#false-alarms); how often the
gates are wrong, on [theirs](gates.md#how-often-the-gates-are-wrong).
"""


def write(title: str, columns: list[str], rows: list[list[object]], page: Path = PAGE) -> None:
    """Put a table into the page, and print it."""
    lines = [f"## {title}", "", machine(), "", _row(columns), _row(["---"] * len(columns))]
    section = "\n".join([*lines, *(_row(row) for row in rows)]) + "\n"
    text = page.read_text(encoding="utf-8") if page.is_file() else HEAD
    old = re.compile(rf"## {re.escape(title)}\n.*?(?=\n## |\Z)", re.DOTALL)
    replaced = old.sub(lambda _: section, text) if old.search(text) else f"{text}\n{section}"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(replaced, encoding="utf-8")
    print(section)


def machine() -> str:
    """Say on what it was measured, as far as figures depend on it."""
    return f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}."


def _row(cells: list[object] | list[str]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
