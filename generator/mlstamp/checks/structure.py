"""What can be seen without running anything."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from .. import syntax
from ..errors import Refused
from ..findings import Finding
from ..render import stored_answers
from .base import Check, Failed, Subject, expect, judged, listing

REQUIRED = (
    "README.md",
    "AGENTS.md",
    "justfile",
    "pyproject.toml",
    "config/default.yaml",
    "src/{package}/config.py",
    "src/{package}/wiring/__init__.py",
    "src/{package}/cli.py",
    "src/{package}/problem/schema.py",
    "src/{package}/problem/data.py",
    "src/{package}/problem/features.py",
    "src/{package}/problem/model.py",
)
STAGES = ("data", "features", "training", "evaluation", "registry", "serving")
COMPUTED = (
    "project_slug",
    "package_name",
    "sample",
    "estimator",
    "_copier_conf",
    "_copier_answers",
)
MOST_LINES, MOST_LINES_FOR_AGENTS = 150, 60


class AnswersFile(Check):
    """The answers are on record, so that the repository can be updated."""

    id = "structure.answers"

    def run(self, subject: Subject) -> None:
        """The answers file is missing or lacks an answer."""
        try:
            stored = stored_answers(subject.root)
        except Refused as error:
            raise Failed(str(error)) from None
        missing = [name for name in subject.answers if name not in stored]
        expect(not missing, f"not on record: {', '.join(missing)}")
        expect("_src_path" in stored, "_src_path is not on record")


class RequiredFiles(Check):
    """Every file that each repository has is there."""

    id = "structure.files"

    def run(self, subject: Subject) -> None:
        """A file that every repository has is missing."""
        package = subject.project.package
        wanted = [name.format(package=package) for name in REQUIRED]
        wanted += [f"src/{package}/{stage}/__init__.py" for stage in STAGES]
        missing = [name for name in wanted if not (subject.root / name).is_file()]
        judged(Finding(name, "is missing") for name in missing)


class Rendered(Check):
    """No template syntax is left in names or texts."""

    id = "structure.rendered"

    def run(self, subject: Subject) -> None:
        """Template syntax was left unrendered."""
        names = "|".join({*COMPUTED, *subject.answers})
        left = re.compile(r"\{[{%][^}\n]*\b(" + names + r")\b")
        files = subject.files()
        found = [name for name in files if re.search(r"\{\{|\{%|\}\}", name)]
        found += [name for name in files if name.endswith(".py") and "{%" in subject.text(name)]
        found += [name for name in files if left.search(subject.text(name))]
        expect(not found, listing(found))


class Sizes(Check):
    """Each Python file is short enough to be read at one go, and so is AGENTS.md."""

    id = "structure.sizes"
    needs_template = True  # how long a file of the owner's is, is the owner's to say
    rendered_only = True

    def run(self, subject: Subject) -> None:
        """A file is longer than its limit."""
        limits = {name: MOST_LINES for name in subject.files() if name.endswith(".py")}
        limits |= {name: MOST_LINES_FOR_AGENTS for name in subject.files() if name == "AGENTS.md"}
        sizes = {name: len(subject.text(name).splitlines()) for name in limits}
        long = {name: n for name, n in sizes.items() if n > limits[name]}
        judged(Finding(name, f"has {n} lines", line=limits[name] + 1) for name, n in long.items())


class OneProblem(Check):
    """No column, label, entity or event time is named outside of problem/."""

    id = "structure.problem"
    requires = ("structure.files",)

    def run(self, subject: Subject) -> None:
        """A name that belongs to problem/schema.py stands in code that any problem shares."""
        names = schema_names(subject.text(f"src/{subject.project.package}/problem/schema.py"))
        judged(
            Finding(file, f"says {word!r}", line=line)
            for file in shared_code(subject)
            for line, word in words(subject.text(file))
            if word in names
        )


def shared_code(subject: Subject) -> list[str]:
    """Return the Python files of src/ and tests/ that belong to no problem."""
    own = {f"src/{subject.project.package}/problem", "tests/problem"}
    return [
        name
        for name in subject.files()
        if name.endswith(".py")
        and name.startswith(("src/", "tests/"))
        and not own & {str(parent) for parent in PurePosixPath(name).parents}
    ]


def schema_names(text: str) -> set[str]:
    """Return the columns of Input and Label, and the values of ENTITY and EVENT_TIME."""
    found: set[str] = set()
    for node in syntax.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name in {"Input", "Label"}:
            found |= {
                item.target.id
                for item in node.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            }
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            targets = {target.id for target in node.targets if isinstance(target, ast.Name)}
            if targets & {"ENTITY", "EVENT_TIME"}:
                found.add(str(node.value.value))
    return found


def words(text: str) -> Iterator[tuple[int, str]]:
    """Yield each string and each keyword of a call, with its line: the places of a column name."""
    for node in ast.walk(syntax.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        if isinstance(node, ast.Call):
            yield from ((node.lineno, word.arg) for word in node.keywords if word.arg)
