"""What is true of one code is told to every variant that has it, and to no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstamp import runner
from mlstamp.checks.base import Check, Failed, Subject, expect
from mlstamp.project import Project
from mlstamp.runner import Outcome, Result
from mlstamp.same import Once, code_of
from tests.support import write_all

CODE = {
    "pyproject.toml": '[project]\nname = "song"\nlicense = "MIT"\n',
    "justfile": "test:\n    uv run pytest\n",
    "src/song/__init__.py": "",
}


class Looks(Check):
    """It sings."""

    id = "t.looks"
    code_only = True

    def __init__(self) -> None:
        self.seen: list[str] = []

    def run(self, subject: Subject) -> None:
        """It is silent."""
        self.seen.append(subject.variant)
        expect("silent" not in subject.text("src/song/__init__.py"), "not a note")


class LooksAtAll(Looks):
    code_only = False


def repository(folder: Path) -> Path:
    write_all(folder, CODE)
    return folder


def results(check: Check, *roots: Path) -> list[Result]:
    once = Once()
    subjects = [Subject(Project(root, root / "logs"), root, root.name) for root in roots]
    return [runner.run_checks(s, [check], lambda _: None, once)[0] for s in subjects]


def test_the_same_code_is_tried_once_and_the_result_names_where(tmp_path: Path) -> None:
    check = Looks()
    one, two = results(check, repository(tmp_path / "one"), repository(tmp_path / "two"))
    assert check.seen == ["one"]
    assert (one.detail, two.variant, two.outcome) == ("", "two", Outcome.GREEN)
    assert two.detail == "seen on one, whose code is the same"


def test_a_red_result_is_red_for_every_variant_with_that_code(tmp_path: Path) -> None:
    roots = [repository(tmp_path / name) for name in ("one", "two")]
    for root in roots:
        (root / "src/song/__init__.py").write_text("silent")
    assert {result.outcome for result in results(Looks(), *roots)} == {Outcome.RED}


def test_what_looks_at_more_than_the_code_is_run_on_each(tmp_path: Path) -> None:
    check = LooksAtAll()
    results(check, repository(tmp_path / "one"), repository(tmp_path / "two"))
    assert check.seen == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("src/song/__init__.py", "x = 1"),
        ("tests/test_song.py", ""),
        ("config/default.yaml", "seed: 2"),
        ("uv.lock", "other versions"),
        ("justfile", "test:\n    true\n"),
        ("pyproject.toml", '[project]\nname = "song"\ndependencies = ["pandas"]\n'),
    ],
)
def test_any_change_of_what_runs_is_other_code(tmp_path: Path, name: str, text: str) -> None:
    before = code_of(repository(tmp_path))
    write_all(tmp_path, {name: text})
    assert code_of(tmp_path) != before


def test_a_licence_a_readme_and_recipes_of_another_file_are_not_code(tmp_path: Path) -> None:
    before = code_of(repository(tmp_path))
    write_all(
        tmp_path,
        {
            "README.md": "# Song",
            "pyproject.toml": '[project]\nname = "song"\nlicense = "BSD-3-Clause"\n',
            "justfile": "import 'deploy/deploy.just'\n" + CODE["justfile"],
        },
    )
    assert code_of(tmp_path) == before


def test_an_interruption_reaches_those_who_wait(tmp_path: Path) -> None:
    def interrupted() -> Result:
        raise KeyboardInterrupt

    once = Once()
    root = repository(tmp_path)
    subject = Subject(Project(root, root / "logs"), root, "one")
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            once.run(subject, Looks(), interrupted)


def test_the_particulars_of_a_fault_stay(tmp_path: Path) -> None:
    class Crooked(Looks):
        def run(self, subject: Subject) -> None:
            """Crooked."""
            raise Failed(f"by an inch on {subject.variant}")

    found = results(Crooked(), repository(tmp_path / "one"), repository(tmp_path / "two"))
    assert found[1].detail == "Crooked. by an inch on one (seen on one, whose code is the same)"
