"""The ML Test Score is red when a test is missing, skipped, or blind to its planted fault."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from mlstamp.checks import score
from mlstamp.checks.base import Failed, Subject
from mlstamp.project import Project
from tests.support import write_all

SOUND: dict[str, object] = {
    "item": "Sums are right.",
    "test": "unit/test_sums.py::test_a_sum_is_right",
}
FAULT = ["sums.py", "a + b", "a - b"]
CODE = "def add(a, b):\n    return a + b\n"
TEST = """\
import pytest
from song.sums import add


@pytest.mark.parametrize("a", [1, 2])
def test_a_sum_is_right(a):
    assert add(a, 2) == a + 2


def test_a_sum_of_nothing_is_nothing():
    assert add(0, 0) == 0


@pytest.mark.skip(reason="later")
def test_a_sum_is_quick():
    pass
"""


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """A repository with one function and its tests, and a score that is all right."""
    files = {
        "src/song/__init__.py": "",
        "src/song/sums.py": CODE,
        "tests/unit/test_sums.py": TEST,
        "pyproject.toml": '[project.scripts]\nsong = "song.cli:main"\n',
    }
    root = write_all(tmp_path / "project", files)
    made = Subject(Project(root, tmp_path / "logs", launcher=(sys.executable, "-m")), tmp_path)
    made.project.environment["PYTHONPATH"] = str(root / "src")
    return scored(made)


def scored(subject: Subject, **changes: object) -> Subject:
    """Give the repository a score whose first item is changed like this."""
    items: dict[str, dict[str, object]] = {name: SOUND | {"fault": FAULT} for name in score.NAMES}
    items["D1"] = {k: v for k, v in (items["D1"] | changes).items() if v is not None}
    items |= {name: {"item": "Asked.", "manual": "By hand."} for name in score.NAMES[3:]}
    (subject.root / score.FILE).write_text(yaml.safe_dump(items), encoding="utf-8")
    return subject


def test_a_score_whose_tests_notice_their_faults_is_green(subject: Subject) -> None:
    for check in (score.Items(), score.Tests(), score.Faults()):
        check.run(subject)


def test_points_are_for_tests_alone(subject: Subject) -> None:
    items = score.read(subject.text(score.FILE))
    assert score.points(items) == {"D": 3, "M": 0, "I": 0, "Mo": 0}
    items |= {"D1": replace(items["D1"], where="a setting asks for it")}
    assert score.points(items)["D"] == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"item": None}, "D1: it does not say what it asks"),
        ({"test": None}, "D1: it needs either a test or a reason"),
        ({"manual": "By hand."}, "D1: it needs either a test or a reason"),
        ({"fault": None}, "D1: its test has no fault"),
        ({"fault": ["sums.py", "a + b"]}, "D1: its test has no fault"),
    ],
)
def test_an_item_that_is_incomplete_is_red(
    subject: Subject, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(Failed, match=said):
        score.Items().run(scored(subject, **changes))


def test_an_item_that_is_missing_or_unknown_is_red(subject: Subject) -> None:
    path = subject.root / score.FILE
    path.write_text(path.read_text().replace("Mo7:", "Mo8:"), encoding="utf-8")
    with pytest.raises(Failed, match="Mo7 is missing; Mo8 is no item"):
        score.Items().run(subject)


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("unit/test_sums.py::test_nobody_wrote", "did not run"),
        ("unit/test_gone.py::test_a_sum_is_right", "did not run"),
        ("unit/test_sums.py::test_a_sum_is_quick", "was skipped"),
    ],
)
def test_a_test_that_is_missing_or_skipped_is_red(subject: Subject, test: str, said: str) -> None:
    with pytest.raises(Failed, match=f"D1: {test} {said}"):
        score.Tests().run(scored(subject, test=test))


def test_a_test_that_fails_without_a_fault_is_red(subject: Subject) -> None:
    (subject.root / "src/song/sums.py").write_text("def add(a, b):\n    return 0 * (a + b)\n")
    with pytest.raises(Failed, match="test_a_sum_is_right failed"):
        score.Tests().run(subject)


def test_a_test_that_does_not_notice_its_fault_is_red(subject: Subject) -> None:
    blind = "unit/test_sums.py::test_a_sum_of_nothing_is_nothing"
    with pytest.raises(Failed, match=f"D1: {blind} passed with the fault in sums.py"):
        score.Faults().run(scored(subject, test=blind))


def test_a_fault_that_only_keeps_the_test_from_running_is_red(subject: Subject) -> None:
    with pytest.raises(Failed, match=r"D1: .* with the fault in sums.py"):
        score.Faults().run(scored(subject, fault=["sums.py", "def add", "def sub"]))


def test_a_fault_without_its_place_in_the_code_is_red(subject: Subject) -> None:
    with pytest.raises(Failed, match=r"sums\.py has 'a \* b' 0 times"):
        score.Faults().run(scored(subject, fault=["sums.py", "a * b", "a - b"]))
    with pytest.raises(Failed, match=r"gone\.py has 'a' 0 times"):
        score.Faults().run(scored(subject, fault=["gone.py", "a", "b"]))


def test_planting_a_fault_leaves_the_repository_as_it_was(subject: Subject) -> None:
    score.Faults().run(subject)
    assert (subject.root / "src/song/sums.py").read_text() == CODE
