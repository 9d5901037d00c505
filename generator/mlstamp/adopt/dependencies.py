"""Dependencies that a repository declares where uv does not look: told, as nobody carries them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from .plan import Kind, Step

# Files that list them, and the word without which there is none in one.
_FILES = {
    "requirements*.txt": "",
    "requirements/*.txt": "",
    "requirements*.in": "",
    "setup.py": "install_requires",
    "setup.cfg": "install_requires",
    "Pipfile": "packages",
    "environment.y*ml": "dependencies",
}


def elsewhere(repository: Path, tracked: Sequence[str]) -> Iterator[Step]:
    """Yield each place of dependencies that does not come into `project.dependencies`."""
    for name in tracked:
        words = [word for pattern, word in _FILES.items() if fnmatch(name, pattern)]
        text = _text(repository / name) if words else ""
        if text and words[0] in text:
            yield Step(name, Kind.LEFT)
    poetry = tomllib.loads(_text(repository / "pyproject.toml")).get("tool", {}).get("poetry", {})
    if set(poetry.get("dependencies", {})) - {"python"}:
        yield Step("pyproject.toml [tool.poetry.dependencies]", Kind.LEFT)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""
