"""Repositories whose code is the same: what is true of one need not be tried again on another."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checks.base import Check, Subject
    from .runner import Result

CODE = ("src", "tests", "config", "data/sample", "notebooks", "uv.lock")
# Said of the code, but nothing that runs reads it.
_METADATA = ("description", "license", "license-files")
_OTHER_RECIPES = re.compile(r"^(import|mod)\b.*\n", re.MULTILINE)


class Once:
    """Runs each check on each code once, for however many threads ask; the others are told."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._codes: dict[Path, str] = {}
        self._known: dict[tuple[str, str], Future[Result]] = {}

    def run(self, subject: Subject, check: Check, attempt: Callable[[], Result]) -> Result:
        """Return the result of `attempt`, or that of another variant with the same code."""
        with self._lock:
            key = (self._code(subject.root), check.id)
            mine = key not in self._known
            known = self._known.setdefault(key, Future())
        if not mine:
            return _as_seen(known.result(), subject.variant)
        try:
            known.set_result(result := attempt())
        except BaseException as error:
            known.set_exception(error)
            raise
        return result

    def _code(self, root: Path) -> str:
        """Return the code as it was when it was first asked for: a run leaves files behind."""
        if root not in self._codes:
            self._codes[root] = code_of(root)
        return self._codes[root]


def _as_seen(result: Result, variant: str) -> Result:
    said = f"seen on {result.variant}, whose code is the same"
    detail = f"{result.detail} ({said})" if result.detail else said
    return replace(result, variant=variant, seconds=0.0, detail=detail)


def code_of(root: Path) -> str:
    """Return the SHA-256 of everything that the code, its tests and its recipes consist of."""
    digest = hashlib.sha256(json.dumps(_settings(root), sort_keys=True).encode())
    for path in sorted(path for name in CODE for path in _files(root / name)):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _settings(root: Path) -> list[Any]:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    for name in _METADATA:
        settings["project"].pop(name, None)
    recipes = root / "justfile"
    text = recipes.read_text(encoding="utf-8") if recipes.is_file() else ""
    return [settings, _OTHER_RECIPES.sub("", text)]


def _files(path: Path) -> list[Path]:
    found = [path, *path.rglob("*")]
    return [file for file in found if file.is_file() and "__pycache__" not in file.parts]
