"""What every optional capability has to keep to."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import yaml
from jinja2 import Template
from pathspec import GitIgnoreSpec

from mlstamp.render import stored_answers
from tests.conftest import Rendered
from tests.support import ROOT, files

WHEN_OFF = re.compile(r"\{% if .+ %\}(?P<path>/.+)\{% endif %\}")
ANSWERS_FILE = ".copier-answers.yml"
SCRIPTS = ROOT / "template" / "deploy" / "ci"  # which recipes of a pipeline run


class Optional:
    """The tests of a capability that can be off; a subclass says its name and its words."""

    name: ClassVar[str]
    words: ClassVar[str]  # a pattern that only its own files, lines and dependencies match
    without: ClassVar[tuple[str, ...]] = ()  # others that use such words for reasons of their own
    needs: ClassVar[tuple[str, ...]] = ()  # others that it brings along
    needed_by: ClassVar[tuple[str, ...]] = ()  # others that bring it along

    def test_its_manifest_lists_just_the_files_that_come_and_go(
        self, template: Path, rendered: Rendered
    ) -> None:
        on = rendered(profile="everything", **dict.fromkeys(self.needed_by, False))
        assert_owns_exactly(template, self.name, on, self._off(rendered))

    def test_an_option_that_is_off_leaves_no_trace(self, rendered: Rendered) -> None:
        assert traces(self._off(rendered, *self.without), self.words) == []

    def test_it_can_be_the_only_one(self, template: Path, rendered: Rendered) -> None:
        base = {"profile": "minimal", "unit_tests": True}  # its own unit tests need the others
        base |= dict.fromkeys(self.needs, True)
        on, off = (rendered(**base | {self.name: asked}) for asked in (True, False))
        assert_owns_exactly(template, self.name, on, off)
        assert traces(on, self.words)

    def _off(self, rendered: Rendered, *others: str) -> Path:
        absent = (self.name, *self.needed_by, *others)
        return rendered(profile="everything", **dict.fromkeys(absent, False))


def owned(template: Path, capability: str) -> list[str]:
    """Return the paths that are left out when the capability is off: none if it is never off."""
    return [match["path"] for match in _entries(template, capability)]


def left_out(template: Path, capability: str, project: Path) -> set[str]:
    """Return what any manifest leaves out of this render for a reason that names the capability."""
    answers = stored_answers(project)
    named = re.compile(rf"if [^%]*\b{capability}\b")
    manifests = sorted((template / "copier" / "capabilities").glob("*.yml"))
    entries = [entry[0] for path in manifests for entry in _entries(template, path.stem)]
    said = (Template(entry).render(answers) for entry in entries if named.search(entry))
    return set(filter(None, said))


def _entries(template: Path, capability: str) -> list[re.Match[str]]:
    manifest = template / "copier" / "capabilities" / f"{capability}.yml"
    entries = yaml.safe_load(manifest.read_text(encoding="utf-8")).get("_exclude", [])
    found = [WHEN_OFF.fullmatch(entry) for entry in entries]
    assert None not in found, f"{manifest.name} has an entry of another form"
    return [match for match in found if match]


def matching(patterns: list[str], names: set[str]) -> set[str]:
    """Return the names that gitignore-style patterns match."""
    return set(GitIgnoreSpec.from_lines(patterns).match_files(names))


def assert_owns_exactly(template: Path, capability: str, on: Path, off: Path) -> None:
    """The manifests dangle nowhere, and list just the files that come and go with it."""
    patterns = sorted(left_out(template, capability, off) - left_out(template, capability, on))
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
        if not name.endswith((".parquet", ".lock"))  # a lock names whatever is on the index
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


def script(name: str) -> ModuleType:
    """Return one of the scripts that recipes run, as a module."""
    spec = importlib.util.spec_from_file_location(f"ci_{name}", SCRIPTS / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
