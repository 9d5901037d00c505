"""Files that a repository and the template both have, and that make sense as one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from ..errors import Refused

Merger = Callable[[str, str], tuple[str, list[str]]]
_NAME = re.compile(r"^[A-Za-z0-9._-]+")
_LISTS = re.compile(r"^(project\.dependencies|dependency-groups\.[^.]+)$")  # of requirements


def pyproject(template: str, own: str) -> tuple[str, list[str]]:
    """Return the template's text with the owner's entries in it, and which of ours they overrule.

    Theirs come after the markers in each list, where updates look for them. A value of the owner's
    always stays what it is.
    """
    try:
        merged, mine = tomlkit.parse(template), tomlkit.parse(own)
    except TOMLKitError as error:
        raise Refused(f"pyproject.toml is not TOML ({error}): mend it first.") from None
    overruled = list(_into(merged, mine, ""))
    project: Any = merged.get("project", {})
    for name in project.get("dynamic", []):  # a field is said here or found out, never both
        if name not in mine.get("project", {}):
            project.pop(name, None)
    return tomlkit.dumps(merged), overruled


def lines(template: str, own: str) -> tuple[str, list[str]]:
    """Return the template's lines and below them those of the owner's that are others."""
    ours = set(template.splitlines())
    theirs = [line for line in own.splitlines() if line.strip() and line not in ours]
    return "\n".join([template.rstrip("\n"), "", *theirs, ""]) if theirs else template, []


MERGERS: dict[str, Merger] = {
    "pyproject.toml": pyproject,
    ".gitignore": lines,
    ".dockerignore": lines,
}


def _into(table: MutableMapping[str, Any], mine: Any, place: str) -> Iterator[str]:
    """Put the owner's entries into a table; yield the places where they replace others."""
    for key, value in mine.items():
        path = f"{place}.{key}".removeprefix(".")
        if key not in table:
            table[key] = value
        elif isinstance(table[key], MutableMapping) and isinstance(value, MutableMapping):
            yield from _into(table[key], value, path)
        elif _LISTS.match(path) and isinstance(table[key], Array):
            yield from _requirements(table[key], value, path)
        elif table[key] != value:
            table[key] = value
            yield path


def _requirements(ours: Array, theirs: Any, path: str) -> Iterator[str]:
    at = {_package(item): index for index, item in enumerate(ours)}
    for item in theirs:
        index = at.get(_package(item))
        if index is None:
            ours.add_line(item, indent="    ")
        elif ours[index] != item:
            yield f"{path}: {item} (the template: {ours[index]})"
            ours[index] = item


def _package(item: object) -> str:
    """Return a requirement's name as indexes compare it; an included group is its own name."""
    found = _NAME.match(item) if isinstance(item, str) else None
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else str(item)
