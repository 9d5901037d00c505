"""The repository installs, and its own checks pass."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

from .. import environments, syntax
from .base import Check, Subject, expect, listing

_PROVIDERS = (
    "import json; from importlib.metadata import packages_distributions; "
    "print('PROVIDERS', json.dumps(packages_distributions()))"
)
TYPES = re.compile(r"types-|[\w-]+-stubs\b")


class Sync(Check):
    """`uv sync` installs everything, from the lock that came along."""

    id = "quality.sync"

    def run(self, subject: Subject) -> None:
        """`uv sync` fails."""
        with environments.lent(subject.project, subject.shelf):
            subject.project.must("uv", "sync", timeout=1200)
        if subject.bytecode:
            subject.bytecode.lend(subject.environment)


class Unlocked(Check):
    """The dependencies also resolve without a lock, to whatever is newest today."""

    id = "quality.unlocked"
    requires = ("quality.sync",)
    code_only = True
    lasting = False

    def run(self, subject: Subject) -> None:
        """Without a lock the dependencies do not resolve."""
        subject.project.must("uv", "lock", "--dry-run", "--upgrade")


class OwnChecks(Check):
    """`just check` is green: format, lint, types, layers and tests."""

    id = "quality.check"
    requires = ("quality.sync",)
    code_only = True

    def run(self, subject: Subject) -> None:
        """`just check` is red."""
        subject.project.recipe("check", timeout=600)


class Declared(Check):
    """What the code imports is what pyproject.toml asks for, not what came along with it."""

    id = "quality.declared"
    requires = ("quality.sync",)

    def run(self, subject: Subject) -> None:
        """The code imports a package that pyproject.toml does not name."""
        project = subject.project
        said = project.must(*project.launcher, "python", "-c", _PROVIDERS).stdout
        providers: dict[str, list[str]] = json.loads(said.rpartition("PROVIDERS ")[2])
        asked = declared(project.pyproject())
        faults = [
            f"{name} of {' or '.join(providers.get(name, ['an unknown package']))}"
            for name in sorted(imported(subject.source))
            if not asked & {normal(provider) for provider in providers.get(name, [])}
        ]
        expect(not faults, listing(faults))


class Bounded(Check):
    """Each dependency has a lower bound and an upper one; types follow what they describe."""

    id = "quality.bounded"

    def run(self, subject: Subject) -> None:
        """A release that nobody has tried, newer or older, may be installed."""
        wanted = requirements(subject.project.pyproject())
        faults = [one for one in wanted if not TYPES.match(one) and not is_bounded(one)]
        expect(not faults, listing(faults))


def is_bounded(requirement: str) -> bool:
    """Tell whether a requirement says from which version on, and up to which."""
    versions = requirement.partition(";")[0]
    return "==" in versions or (">=" in versions and "<" in versions)


def imported(source: Path) -> set[str]:
    """Return the packages that the modules in this folder import, but for Python's and its own."""
    trees = [syntax.parse(path.read_text(encoding="utf-8")) for path in source.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {
        node.module
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {source.name}


def declared(pyproject: dict[str, Any]) -> set[str]:
    """Return the distributions that a project asks for, in any of its groups."""
    return {normal(re.split(r"[^\w.-]", it, maxsplit=1)[0]) for it in requirements(pyproject)}


def requirements(pyproject: dict[str, Any]) -> list[str]:
    """Return what a project asks for, in any of its groups."""
    groups = [
        pyproject["project"]["dependencies"],
        *pyproject.get("dependency-groups", {}).values(),
    ]
    return [item for group in groups for item in group if isinstance(item, str)]


def normal(name: str) -> str:
    """Return a distribution's name in its normal form."""
    return re.sub(r"[-_.]+", "-", name).lower()
