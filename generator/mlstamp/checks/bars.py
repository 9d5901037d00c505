"""The bars of gates among a project's settings: their defaults, and which way is lower."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from .. import syntax

# Where a section's settings class is, below the package.
SECTIONS = {
    "data": ("config.py", "DataSettings"),
    "evaluation": ("config.py", "EvaluationSettings"),
    "serving": ("config.py", "ServingSettings"),
    "options.strict_gates": ("evaluation/strict/__init__.py", "StrictSettings"),
    "options.delivery": ("delivery/__init__.py", "DeliverySettings"),
}
# A bar by its name is a limit, or one of these, which only bigger values let more through.
LIMITS = re.compile(r"(max|min)_")
UPPER = ("replay_tolerance", "tolerance", "min_slice_rows")  # smaller slices are not judged
ORDERED = {"simpler": ("must_lose", "must_not_win")}  # the strictest first
OFF = ("false", "no", "off", "n", "f", "0")  # in quotes, as pydantic reads them
NO_GATES = ("serving.max_",)  # of a service: how much it takes, not whom it lets through
_COMMENT = re.compile(r"(?:^|\s)#\s*(.*)$")


@dataclass(frozen=True)
class Bar:
    """A bar as a release sets it, and what the release says of it."""

    name: str
    value: object
    comment: str = ""

    def is_lowered_by(self, value: object) -> bool:
        """Tell whether another value lets more through."""
        if self.name in ORDERED:
            order = ORDERED[self.name]
            return value in order and order.index(str(value)) > order.index(str(self.value))
        if isinstance(self.value, bool):
            return self.value and (not value or str(value).lower() in OFF)
        bar, other = _number(self.value), _number(value)
        if bar is None:
            return bool(self.value) and not value  # emptied
        if other is None:
            return False  # the project itself refuses such a value
        return not (other <= bar if self._is_upper else other >= bar)  # so is what is no number

    @property
    def than(self) -> str:
        """How a value that lowers it compares."""
        if isinstance(self.value, str | bool) and self.name not in ORDERED:
            return "which switches off"
        return "looser than"

    @property
    def _is_upper(self) -> bool:
        return self.name.startswith("max_") or self.name in UPPER


def _number(value: object) -> float | None:
    """Return the number that the project's settings make of a value, in quotes or not."""
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def of(package: Path, settings: Path) -> dict[str, Bar]:
    """Return each bar of a release by its key: what its code says, and its settings over that."""
    found = {key: Bar(key.rpartition(".")[2], value) for key, value in _of_code(package)}
    text = settings.read_text(encoding="utf-8")
    for key, (value, line) in written(text).items():
        name = key.rpartition(".")[2]
        if key in found:
            found[key] = Bar(name, value, comment(text, line))
    return found


def _of_code(package: Path) -> Iterator[tuple[str, object]]:
    for section, (file, name) in SECTIONS.items():
        path = package / file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for key, value in _defaults(text, name):
            if not f"{section}.{key}".startswith(NO_GATES) and _is_bar(key):
                yield f"{section}.{key}", value


def _is_bar(key: str) -> bool:
    return bool(LIMITS.match(key)) or key in (*UPPER, *ORDERED, "signed_by", "only_committed")


def _defaults(text: str, name: str) -> Iterator[tuple[str, object]]:
    """Yield the settings of a class that have a plain default."""
    classes = [node for node in syntax.parse(text).body if isinstance(node, ast.ClassDef)]
    for item in [item for one in classes if one.name == name for item in one.body]:
        if isinstance(item, ast.AnnAssign) and isinstance(item.value, ast.Constant):
            yield ast.unparse(item.target), item.value.value


def written(text: str) -> dict[str, tuple[object, int]]:
    """Return each value of a YAML file by its dotted key, with its line."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return dict(_walk(root, "")) if isinstance(root, yaml.MappingNode) else {}


def _walk(node: yaml.MappingNode, above: str) -> Iterator[tuple[str, tuple[object, int]]]:
    for key, value in node.value:
        name = f"{above}{key.value}"
        if isinstance(value, yaml.MappingNode):
            yield from _walk(value, f"{name}.")
        else:
            plain = yaml.safe_load(yaml.serialize(value))
            yield name, (plain, key.start_mark.line + 1)


def comment(text: str, line: int, but_for: str = "") -> str:
    """Return the comment on a line or else on the one above it, unless the release wrote it."""
    lines = text.splitlines()
    for number in (line, line - 1):
        said = _COMMENT.search(lines[number - 1]) if number else None
        alone = number == line or lines[number - 1].lstrip().startswith("#")
        if said and alone and said[1] != but_for:
            return said[1]
    return ""
