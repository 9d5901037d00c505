"""Say which kind of release the difference between two states of the template asks for, and why.

    uv run python generator/scripts/release_kind.py v0.1.0 [HEAD]

What counts is what an update does to a project that is in use: docs/releases.md. Between two
release tags it also holds the number against the difference, and exits with 1 if it is too small.
"""

from __future__ import annotations

import argparse
import ast
import fnmatch
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from mlstamp.answers import Questionnaire, read_config
from mlstamp.errors import Refused
from mlstamp.source import Source, is_release, readable
from scripts.make_reference import PACKAGE, settings

ROOT = Path(__file__).resolve().parents[2]
MERGED = {"pyproject.toml"}
VERBS = {"get", "post", "put", "delete", "patch", "add_api_route"}
Names = set[str]


class Kind(IntEnum):
    """Kinds of releases, by what they ask of somebody who updates."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2


@dataclass(frozen=True)
class Reason:
    """One difference, and the kind of release that it needs."""

    kind: Kind
    what: str


@dataclass(frozen=True)
class Topic:
    """Names that projects rely upon; what coming and going means to one in use."""

    title: str
    names: Callable[[Path], Names]
    come: Kind = Kind.MINOR
    go: Kind = Kind.MAJOR


def questions(template: Path) -> Names:
    """Return each question with its type."""
    asked = Questionnaire.read(template).questions.values()
    return {f"{question.name} ({question.kind})" for question in asked}


def choices(template: Path) -> Names:
    """Return each answer that a question accepts."""
    asked = Questionnaire.read(template).questions.values()
    return {f"{question.name}={choice}" for question in asked for choice in question.choices}


def owned(template: Path) -> Names:
    """Return the patterns of the paths that are the owner's."""
    return set(read_config(template)["_skip_if_exists"])


def files(template: Path) -> Names:
    """Return the paths of a project, whichever answer brings them."""
    root = template / "template"
    found = (p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
    return {_rendered(name) for name in found}


def edited(template: Path) -> Names:
    """Return the files that owners write in."""
    patterns = [pattern.strip("/") for pattern in owned(template)]
    return {name for name in files(template) if name in MERGED or _fits(name, patterns)}


def unedited(template: Path) -> Names:
    """Return the files that are the template's."""
    return files(template) - edited(template)


def keys(template: Path) -> Names:
    """Return the keys of the configuration, with whether each must be given."""
    found = settings(template / PACKAGE)
    return {f"{name}{'' if default else ' (required)'}" for name, _, default in found}


def optional(names: Callable[[Path], Names]) -> Callable[[Path], Names]:
    """Return only the names that may be left out."""
    return lambda template: {n for n in names(template) if not n.endswith(" (required)")}


def required(names: Callable[[Path], Names]) -> Callable[[Path], Names]:
    """Return only the names that must be given."""
    return lambda template: {n for n in names(template) if n.endswith(" (required)")}


def contract(template: Path) -> Names:
    """Return the fields of a Bundle's contract, with whether a Bundle must have each."""
    path = template / PACKAGE / "registry" / "__init__.py"
    found = (node for node in ast.walk(_parsed(path)) if isinstance(node, ast.ClassDef))
    return {
        f"{ast.unparse(item.target)}{'' if item.value else ' (required)'}"
        for node in found
        if node.name == "Contract"
        for item in node.body
        if isinstance(item, ast.AnnAssign)
    }


def verbs(template: Path) -> Names:
    """Return the verbs of the project's command line."""
    cli = _parsed(template / PACKAGE / "cli.py")
    own = {
        node.name for node in ast.walk(cli) if isinstance(node, ast.FunctionDef) and _is_verb(node)
    }
    plugs = (template / PACKAGE / "wiring").glob("*.py")
    plugged = (
        re.findall(r"sockets\.commands(?:\.append\(| \+= \[)([\w, ]+)", _text(p)) for p in plugs
    )
    names = own | {name for found in plugged for list_ in found for name in list_.split(", ")}
    return {name.strip("_").replace("_", "-") for name in names}


def routes(template: Path) -> Names:
    """Return the paths that the project's services answer at."""
    return {
        path
        for source in _sources(template)
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in VERBS
        for path in _strings(node.args[:1])
        if path.startswith("/")
    }


def relied_upon(template: Path) -> Names:
    """Return the names of `problem/`, which is the owner's, that other code asks for."""
    found: Names = set()
    for source in _sources(template):
        modules: Names = set()
        for node in ast.walk(source):
            if isinstance(node, ast.ImportFrom) and re.search(
                r"(^|\.)problem\b", node.module or ""
            ):
                module = (node.module or "").rpartition("problem")[2].strip(".")
                names = {alias.name for alias in node.names}
                modules |= set() if module else names
                found |= {f"{module}.{name}" for name in names} if module else set()
        found |= {
            f"{node.value.id}.{node.attr}"
            for node in ast.walk(source)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if node.value.id in modules
        }
    return found


def pythons(template: Path) -> Names:
    """Return the minor versions of Python that a project takes."""
    pyproject = next((template / "template").glob("pyproject.toml*"))
    bounds = re.findall(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', _text(pyproject))
    return {f"3.{minor}" for low, high in bounds for minor in range(int(low), int(high))}


TOPICS = (
    Topic("question", questions),
    Topic("choice", choices),
    Topic("path of the owner's", owned),
    Topic("file that owners edit", edited),
    Topic("file of the template's", unedited, go=Kind.MINOR),
    Topic("key of config/", optional(keys)),
    Topic("key of config/", required(keys), come=Kind.MAJOR),
    Topic("field of a Bundle", optional(contract)),
    Topic("field of a Bundle", required(contract), come=Kind.MAJOR),
    Topic("verb", verbs),
    Topic("HTTP route", routes),
    Topic("name asked of problem/", relied_upon, come=Kind.MAJOR, go=Kind.PATCH),
    Topic("Python", pythons),
)


def reasons(old: Path, new: Path) -> list[Reason]:
    """Return every difference that counts between two states, the gravest first."""
    return sorted(_reasons(old, new), key=lambda reason: (-reason.kind, reason.what))


def _reasons(old: Path, new: Path) -> Iterator[Reason]:
    for topic in TOPICS:
        before, after = topic.names(old), topic.names(new)
        for name in after - before:
            yield Reason(topic.come, f"new {topic.title}: {name}")
        for name in before - after:
            yield Reason(topic.go, f"{topic.title} is gone: {name}")


def bump(old: str, new: str) -> Kind:
    """Return which part of the number grew; before 1.0 each counts as the next larger one."""
    before, after = (_numbers(name) for name in (old, new))
    grown = next(
        (i for i, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]), 2
    )
    return Kind(min(2 - grown + (before[0] == 0 == after[0]), 2))


def _numbers(tag: str) -> list[int]:
    return ([int(part) for part in tag.lstrip("v").split(".")] + [0, 0])[:3]


def main(words: list[str] | None = None) -> int:
    """Print the kind and the reasons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new", nargs="?", default="HEAD")
    parser.add_argument("--repository", default=str(ROOT))
    given = parser.parse_args(words)
    places = [Source(given.repository, name) for name in (given.old, given.new)]
    try:
        with readable(places[0]) as old, readable(places[1]) as new:
            found = reasons(old, new)
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return 2
    needed = max((reason.kind for reason in found), default=Kind.PATCH)
    lines = [f"{needed.name.lower()}", *(f"  {r.kind.name.lower()}: {r.what}" for r in found)]
    sys.stdout.write("\n".join(lines) + "\n")
    if is_release(given.old) and is_release(given.new) and bump(given.old, given.new) < needed:
        sys.stderr.write(f"{given.new} is too small a step from {given.old}.\n")
        return 1
    return 0


def _rendered(name: str) -> str:
    parts = [part for part in name.split("/") if not re.fullmatch(r"\{\{\w+\.\w+\}\}", part)]
    return "/".join(parts).removesuffix(".jinja")


def _fits(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, p) or fnmatch.fnmatch(name, f"{p}/*") for p in patterns)


def _sources(template: Path) -> Iterator[ast.Module]:
    for path in sorted((template / PACKAGE).rglob("*.py")):
        if "problem" not in path.parts:
            yield _parsed(path)


def _parsed(path: Path) -> ast.Module:
    return ast.parse(_text(path))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _is_verb(node: ast.FunctionDef) -> bool:
    return any(
        ast.unparse(decorator).startswith("app.command(") for decorator in node.decorator_list
    )


def _strings(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


if __name__ == "__main__":
    sys.exit(main())
