"""What every optional capability has to keep to."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import yaml
from pathspec import GitIgnoreSpec

from tests.support import files

WHEN_OFF = re.compile(r"\{% if .+ %\}(?P<path>/.+)\{% endif %\}")
ANSWERS_FILE = ".copier-answers.yml"


def owned(template: Path, capability: str) -> list[str]:
    """Return the paths that are left out when the capability is off: none if it is never off."""
    manifest = template / "copier" / "capabilities" / f"{capability}.yml"
    entries = yaml.safe_load(manifest.read_text(encoding="utf-8")).get("_exclude", [])
    found = [WHEN_OFF.fullmatch(entry) for entry in entries]
    assert None not in found, f"{manifest.name} has an entry of another form"
    return [match["path"] for match in found if match]


def matching(patterns: list[str], names: set[str]) -> set[str]:
    """Return the names that gitignore-style patterns match."""
    return set(GitIgnoreSpec.from_lines(patterns).match_files(names))


def assert_owns_exactly(template: Path, capability: str, on: Path, off: Path) -> None:
    """The manifest dangles nowhere, and lists just the files that come and go."""
    patterns = owned(template, capability)
    assert patterns
    with_it, without = files(on), files(off)
    dangling = [pattern for pattern in patterns if not matching([pattern], with_it)]
    assert dangling == []
    assert matching(patterns, without) == set()
    assert with_it - without == matching(patterns, with_it)
    assert without - with_it == set()


def traces(project: Path, words: str) -> list[str]:
    """Return the files in which words of an absent capability are left."""
    pattern = re.compile(words, re.IGNORECASE)
    return sorted(
        name
        for name in files(project) - {ANSWERS_FILE}
        if not name.endswith(".parquet")
        and (pattern.search(name) or pattern.search(_said(project / name)))
    )


def _said(path: Path) -> str:
    """Return a file's text; of pyproject.toml what is installed, not what tools are told of it."""
    if path.name != "pyproject.toml":
        return text(path)
    loaded = tomllib.loads(text(path))
    return json.dumps({key: value for key, value in loaded.items() if key != "tool"})


def text(path: Path) -> str:
    """Return a file's text."""
    return path.read_text(encoding="utf-8", errors="replace")
