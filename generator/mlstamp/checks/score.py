"""The ML Test Score of a repository is what it says: its tests run, and notice planted faults."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import yaml

from ..project import Project
from .base import Check, Subject, expect, listing

FILE = "ml_test_score.yaml"
PARTS = {"D": "Data", "M": "Model", "I": "Infrastructure", "Mo": "Monitoring"}
NAMES = tuple(f"{part}{number}" for part in PARTS for number in range(1, 8))
AT_ONCE = 2  # tests with a fault each: most of their time is the start of Python


@dataclass(frozen=True)
class Item:
    """One question of the score; without a test, a reason says why a person answers it.

    `where` names a setting that is off at first: the item holds, and is a point, only with it.
    """

    name: str
    says: str
    test: str = ""
    fault: tuple[str, str, str] = ("", "", "")  # a file of the package, sound text, broken text
    manual: str = ""
    where: str = ""


class Items(Check):
    """ml_test_score.yaml has its 28 items, each with a test and a fault, or with a reason."""

    id = "score.items"
    capability = "unit_tests"
    only_for = ("default", "everything")

    def run(self, subject: Subject) -> None:
        """An item is missing, unknown, or has neither a test with a fault nor a reason."""
        items = read(subject.text(FILE))
        faults = [f"{name} is missing" for name in NAMES if name not in items]
        faults += [f"{name} is no item" for name in items if name not in NAMES]
        faults += [f"{item.name}: {lack}" for item in items.values() if (lack := _lack(item))]
        expect(not faults, listing(faults))


class Tests(Check):
    """Each test that the score names runs and passes; none is skipped."""

    id = "score.tests"
    capability = "unit_tests"
    requires = ("quality.sync", "score.items")
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """A test that the score names is missing, skipped or red."""
        items = [item for item in read(subject.text(FILE)).values() if item.test]
        found = outcomes(subject.project, subject.work / "score-tests.xml", items)
        faults = [
            f"{item.name}: {item.test} {', '.join(sorted(found[item.name])) or 'did not run'}"
            for item in items
            if found[item.name] != {"passed"}
        ]
        expect(not faults, listing(faults))


class Faults(Check):
    """Each test that the score names turns red when the fault beside it is planted."""

    id = "score.faults"
    capability = "unit_tests"
    requires = ("score.tests",)
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """A test that the score names does not notice its planted fault."""
        items = [item for item in read(subject.text(FILE)).values() if item.test]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda item: with_fault(subject, item), items))
        expect(not any(found), listing([fault for fault in found if fault]))


def read(text: str) -> dict[str, Item]:
    """Return the items of a score by their names."""
    found: dict[str, dict[str, object]] = yaml.safe_load(text) or {}
    return {name: _item(name, facts) for name, facts in found.items()}


def points(items: Mapping[str, Item]) -> dict[str, int]:
    """Return the sum of each part; the smallest of them is the score."""
    given = {name for name in NAMES if items[name].test and not items[name].where}
    return {part: sum(name.rstrip("1234567") == part for name in given) for part in PARTS}


def with_fault(subject: Subject, item: Item) -> str:
    """Plant the fault in a copy of the source and return what is wrong: that no test noticed."""
    home = subject.work / "score-faults" / item.name
    shutil.copytree(
        subject.root / "src",
        home / "src",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    name, sound, broken = item.fault
    path = home / "src" / subject.project.package / name
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if text.count(sound) != 1:
        return f"{item.name}: {name} has {sound!r} {text.count(sound)} times"
    path.write_text(text.replace(sound, broken), encoding="utf-8")
    own = {"PYTHONPATH": str(home / "src"), "PYTEST_XDIST_AUTO_NUM_WORKERS": "0"}  # for one test
    environment = subject.project.environment | own
    project = replace(subject.project, logs=home / "logs", environment=environment)
    found = outcomes(project, home / "tests.xml", [item])[item.name]
    told = ", ".join(sorted(found)) or "did not run"
    return "" if "failed" in found else f"{item.name}: {item.test} {told} with the fault in {name}"


def outcomes(project: Project, report: Path, items: list[Item]) -> dict[str, set[str]]:
    """Run the tests of some items and return how each item's ended."""
    tests = sorted({f"tests/{item.test}" for item in items})
    words = ("pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *tests)
    report.unlink(missing_ok=True)
    project.run(*project.launcher, *words, timeout=900)
    cases = list(ElementTree.parse(report).iter("testcase")) if report.is_file() else []  # noqa: S314 - ours
    return {
        item.name: {_outcome(case) for case in cases if _names(case) == _place(item.test)}
        for item in items
    }


def _item(name: str, facts: Mapping[str, object]) -> Item:
    fault = facts.get("fault")
    planted = tuple(map(str, fault)) if isinstance(fault, list) and len(fault) == 3 else ("",) * 3
    texts = [str(facts.get(key, "")) for key in ("item", "test", "manual", "where")]
    own = (planted[0], planted[1], planted[2])
    return Item(name, texts[0], texts[1], own, texts[2], texts[3])


def _lack(item: Item) -> str:
    if not item.says:
        return "it does not say what it asks"
    if bool(item.test) == bool(item.manual):
        return "it needs either a test or a reason why there is none"
    return "its test has no fault" if item.test and not all(item.fault) else ""


def _names(case: ElementTree.Element) -> tuple[str, str]:
    return str(case.get("classname")), str(case.get("name")).partition("[")[0]


def _place(test: str) -> tuple[str, str]:
    path, _, name = test.partition("::")
    return f"tests/{path}".removesuffix(".py").replace("/", "."), name


def _outcome(case: ElementTree.Element) -> str:
    for tag, said in (("failure", "failed"), ("error", "broke off"), ("skipped", "was skipped")):
        if case.find(tag) is not None:
            return said
    return "passed"
