"""Checks in dependency order, and what their endings mean."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mlstamp import runner
from mlstamp.checks.base import Check, Failed, NotVerified, Subject, expect
from mlstamp.errors import StepFailed
from mlstamp.project import Project
from mlstamp.runner import Outcome, Result
from mlstamp.variants import Variant
from tests.support import write_all


class Green(Check):
    """It is fine."""

    id = "t.green"

    def run(self, subject: Subject) -> None:
        """It is not fine."""


class Red(Green):
    id = "t.red"

    def run(self, subject: Subject) -> None:
        """The wall is crooked."""
        raise Failed("by an inch")


class Absent(Green):
    id = "t.absent"

    def run(self, subject: Subject) -> None:
        raise NotVerified("docker")


class AfterRed(Green):
    id = "t.after_red"
    requires = ("t.red",)


class AfterAbsent(Green):
    id = "t.after_absent"
    requires = ("t.absent",)


class AfterAfterRed(Green):
    id = "t.after_after_red"
    requires = ("t.after_red",)


class AfterGreen(Green):
    id = "t.after_green"
    requires = ("t.green",)


class Surprised(Green):
    id = "t.surprised"

    def run(self, subject: Subject) -> None:
        """The harness itself stumbles."""
        raise ZeroDivisionError("oh")


class Step(Green):
    id = "t.step"

    def run(self, subject: Subject) -> None:
        raise StepFailed("`x` exited with 1")


@pytest.fixture
def nothing(tmp_path: Path) -> Subject:
    return Subject(Project(tmp_path, tmp_path / "logs"), tmp_path, "v", {"batch": False})


def run(subject: Subject, *checks: Check) -> dict[str, Result]:
    results = runner.run_checks(subject, list(checks), lambda _: None)
    return {result.check: result for result in results}


def test_a_red_check_says_what_is_wrong_and_the_particulars(nothing: Subject) -> None:
    result = run(nothing, Red())["t.red"]
    assert (result.outcome, result.detail) == (Outcome.RED, "The wall is crooked. by an inch")


def test_what_needs_a_red_check_is_blocked_and_so_is_what_needs_that(nothing: Subject) -> None:
    results = run(nothing, AfterAfterRed(), AfterRed(), Red(), AfterGreen(), Green())
    assert results["t.after_red"].outcome is Outcome.BLOCKED
    assert results["t.after_after_red"].outcome is Outcome.BLOCKED
    assert results["t.after_green"].outcome is Outcome.GREEN


def test_a_missing_tool_is_never_green_and_neither_is_what_needs_it(nothing: Subject) -> None:
    results = run(nothing, Absent(), AfterAbsent())
    for result in results.values():
        assert (result.outcome, result.detail) == (Outcome.NOT_VERIFIED, "docker")


def test_what_needs_a_red_check_and_a_missing_tool_is_blocked(nothing: Subject) -> None:
    class AfterBoth(Green):
        id = "t.after_both"
        requires = ("t.absent", "t.red")

    results = run(nothing, Absent(), Red(), AfterBoth())
    assert results["t.after_both"].outcome is Outcome.BLOCKED


def test_a_red_check_brings_the_end_of_what_it_wrote_and_of_nothing_before(
    nothing: Subject,
) -> None:
    class Writes(Green):
        id = "t.writes"

        def run(self, subject: Subject) -> None:
            subject.project.must(sys.executable, "-c", "print('a' * 50_000, '\\nearlier')")

    class Breaks(Green):
        id = "t.breaks"
        requires = ("t.writes",)

        def run(self, subject: Subject) -> None:
            subject.project.must(sys.executable, "-c", "print('a' * 50_000); raise SystemExit(3)")

    results = run(nothing, Writes(), Breaks())
    assert results["t.writes"].log.endswith("\nearlier\n")
    assert len(results["t.writes"].log) < 1_100
    log = results["t.breaks"].log
    assert log.startswith("== 02-")
    assert 10_000 < len(log) < 30_000
    assert "earlier" not in log


def test_any_failure_of_a_check_is_red(nothing: Subject) -> None:
    results = run(nothing, Surprised(), Step())
    assert {result.outcome for result in results.values()} == {Outcome.RED}
    assert "ZeroDivisionError: oh" in results["t.surprised"].detail


def test_prerequisites_run_first_whatever_the_order_given(nothing: Subject) -> None:
    heard: list[tuple[str, Outcome]] = []
    checks = [AfterGreen(), Green()]
    runner.run_checks(nothing, checks, lambda r: heard.append((r.check, r.outcome)))
    assert [name for name, outcome in heard if outcome is Outcome.GREEN] == [
        "t.green",
        "t.after_green",
    ]


def test_a_check_that_does_not_concern_the_variant_is_left_out(nothing: Subject) -> None:
    class OnlyDefault(Green):
        id = "t.only"
        only_for = ("default",)

    class NeedsTemplate(Green):
        id = "t.template"
        needs_template = True

    class ForBatch(Green):
        id = "t.batch"
        capability = "batch"

    assert list(run(nothing, OnlyDefault(), NeedsTemplate(), ForBatch(), Green())) == ["t.green"]


def test_a_check_sees_the_template_only_if_it_says_that_it_needs_it(nothing: Subject) -> None:
    class Peeks(Green):
        id = "t.peeks"

        def run(self, subject: Subject) -> None:
            """It sees a template."""
            expect(subject.template is None and subject.problems is None, "there it is")

    class Needs(Peeks):
        id = "t.needs"
        needs_template = True

    nothing.template = nothing.problems = nothing.root
    ends = {name: result.outcome for name, result in run(nothing, Peeks(), Needs()).items()}
    assert ends == {"t.peeks": Outcome.GREEN, "t.needs": Outcome.RED}


def test_expecting_what_does_not_hold_fails_with_the_particulars() -> None:
    expect([1], "never said")
    with pytest.raises(Failed, match="the list is empty"):
        expect([], "the list is empty")


def test_each_variant_is_rendered_committed_and_checked(tiny: Path, tmp_path: Path) -> None:
    class Committed(Green):
        id = "t.committed"

        def run(self, subject: Subject) -> None:
            """It is not committed, or not what was asked for."""
            words = ["git", "status", "--porcelain"]
            done = subprocess.run(words, cwd=subject.root, capture_output=True, text=True)
            expect(done.stdout == "", done.stdout)
            expect((subject.root / "batch.txt").exists() == bool(subject.answers["batch"]), "batch")

    both = [Variant("with", {"batch": True}), Variant("without", {"batch": False})]
    results = runner.verify(
        both, [Committed()], lambda _: None, template=tiny, work=tmp_path / "work", jobs=2
    )
    assert [(r.variant, r.outcome, r.detail) for r in results] == [
        ("with", Outcome.GREEN, ""),
        ("without", Outcome.GREEN, ""),
    ]


def test_uv_keeps_one_cache_for_all_variants_which_is_that_of_whoever_runs_them(
    tiny: Path, tmp_path: Path
) -> None:
    asked = ["uv", "cache", "dir"]
    ours = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    class AsksUv(Green):
        id = "t.cache"

        def run(self, subject: Subject) -> None:
            """uv has another cache here."""
            found = subject.project.must(*asked).stdout
            expect(found == ours, found)

    both = [Variant("with", {"batch": True}), Variant("without", {"batch": False})]
    results = runner.verify(both, [AsksUv()], lambda _: None, template=tiny, work=tmp_path, jobs=2)
    assert [(r.outcome, r.detail) for r in results] == [(Outcome.GREEN, "")] * 2


def test_a_variant_that_does_not_render_is_red(tiny: Path, tmp_path: Path) -> None:
    write_all(tiny, {"template/README.md.jinja": "{{ nonsense }}"})
    results = runner.verify(
        [Variant("default")], [Green()], lambda _: None, template=tiny, work=tmp_path
    )
    assert [(r.check, r.outcome) for r in results] == [("build", Outcome.RED)]
