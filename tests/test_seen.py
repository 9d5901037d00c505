"""What was green is not run again, unless anything that it rests on is another."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from mlstamp import runner
from mlstamp.checks.base import Check, Failed, NotVerified, Subject, expect
from mlstamp.checks.pristine import Hooks
from mlstamp.checks.quality import Sync
from mlstamp.fingerprints import PACKAGE, Code
from mlstamp.runner import Outcome, Result
from mlstamp.seen import Made, Past, State
from mlstamp.store import Store
from mlstamp.variants import Variant
from tests.support import write_all

README = "template/README.md.jinja"
RED = Variant("red")
BOTH = [RED, Variant("green", {"colour": "green"})]
ran: list[str] = []


class Looks(Check):
    """The colour is there."""

    id = "t.looks"

    def run(self, subject: Subject) -> None:
        """There is no colour."""
        ran.append(f"{subject.variant} {self.id}")
        expect("is " in subject.text("README.md"), "it is grey")


class Makes(Looks):
    """Something is made, which another check needs."""

    id = "t.makes"

    def run(self, subject: Subject) -> None:
        """It is not made."""
        super().run(subject)
        (subject.work / "made").write_text("made")


class Uses(Looks):
    """What was made is good."""

    id = "t.uses"
    requires = ("t.makes",)
    outcome: Exception | None = None

    def run(self, subject: Subject) -> None:
        """It is not good, or not there."""
        super().run(subject)
        expect((subject.work / "made").is_file(), "nothing was made")
        if self.outcome:
            raise self.outcome


class OfTheDay(Looks):
    id = "t.of_the_day"
    lasting = False


class OfTheTemplate(Looks):
    id = "t.of_the_template"
    needs_template = True


class OfTheRender(OfTheTemplate):
    id = "t.of_the_render"
    rendered_only = True


class Again:
    """The same template, store and harness in one run after the other."""

    def __init__(self, template: Path, home: Path) -> None:
        self.template, self.home, self.code = template, home, Code(PACKAGE)

    def __call__(
        self, *checks: Check, variants: list[Variant] | None = None, before: Path | None = None
    ) -> dict[str, str]:
        """Run, and return how each check ended; `ran` holds those that were really run."""
        then = self.state(before, checks) if before else None
        past = Past(self.state(self.template, checks), then, "abc")
        results = self.run(past, *checks, variants=variants)
        return {f"{result.variant} {result.check}": str(result.outcome) for result in results}

    def run(
        self, past: Past, *checks: Check, variants: list[Variant] | None = None
    ) -> list[Result]:
        ran.clear()
        return runner.verify(
            variants or [RED],
            list(checks),
            lambda _: None,
            template=self.template,
            work=self.home / "work",
            past=past,
        )

    def state(self, template: Path, checks: tuple[Check, ...]) -> State:
        return State(template, None, self.code, list(checks), Store(self.home / "cache"))


@pytest.fixture
def again(tiny: Path, tmp_path: Path) -> Again:
    return Again(tiny, tmp_path)


def test_what_was_green_is_seen_before_and_nothing_is_built(again: Again) -> None:
    assert set(again(Looks(), variants=BOTH).values()) == {"green"}
    assert set(again(Looks(), variants=BOTH).values()) == {"seen before"}
    assert ran == []
    assert not (again.home / "work" / "red" / "project").exists()


def test_a_changed_byte_of_one_variant_runs_that_variant_alone(again: Again) -> None:
    again(Looks(), variants=BOTH)
    line = "{% if colour == 'green' %}Leaves.{% endif %}"
    path = again.template / README
    path.write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")
    again(Looks(), variants=BOTH)
    assert ran == ["green t.looks"]


def test_a_change_that_makes_it_red_is_red_and_stays_so(again: Again) -> None:
    again(Looks())
    write_all(again.template, {README: "# grey\n"})
    for _ in range(2):
        assert again(Looks()) == {"red t.looks": "red"}


@pytest.mark.parametrize(
    ("end", "outcome"), [(Failed("bad"), "red"), (NotVerified("docker"), "not verified here")]
)
def test_what_was_not_green_is_run_again(again: Again, end: Exception, outcome: str) -> None:
    check = Uses()
    check.outcome = end
    assert again(Makes(), check)["red t.uses"] == outcome
    check.outcome = None
    assert again(Makes(), check)["red t.uses"] == "green"


def test_what_a_check_needs_is_made_again_though_it_was_green_before(again: Again) -> None:
    assert again(Makes()) == {"red t.makes": "green"}
    assert again(Makes(), Uses(), Looks()) == {
        "red t.makes": "green",
        "red t.uses": "green",
        "red t.looks": "green",
    }
    assert again(Looks(), Makes(), Uses())["red t.makes"] == "seen before"


def test_a_check_rests_on_the_code_of_what_it_requires(tiny: Path, tmp_path: Path) -> None:
    def key(module: str) -> str:
        write_all(tmp_path / "mlstamp", {"checks/quality.py": module, "checks/pristine.py": ""})
        code, store = Code(tmp_path / "mlstamp"), Store(tmp_path / "cache")
        state = State(tiny, None, code, [Sync(), Hooks()], store)
        return state.key(Hooks(), Made("tree", {}))

    assert Hooks.requires == (Sync.id,)
    assert key("a = 1\n") == key("a = 1\n") != key("a = 2\n")


def test_what_may_change_from_one_day_to_the_next_is_always_run(again: Again) -> None:
    for _ in range(2):
        assert again(OfTheDay()) == {"red t.of_the_day": "green"}


def test_a_check_that_reads_the_template_rests_on_all_of_it(again: Again) -> None:
    checks = (OfTheTemplate(), OfTheRender(), Looks())
    again(*checks)
    write_all(again.template, {"template/batch.txt": "other rows\n"})  # left out of this variant
    minimal = [Variant("red", {"batch": False})]
    again(*checks, variants=minimal)
    write_all(again.template, {"template/batch.txt": "more rows\n"})
    again(*checks, variants=minimal)
    assert ran == ["red t.of_the_template"]


def test_another_machine_or_another_harness_sees_nothing(
    again: Again, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    again(Looks())
    monkeypatch.setattr("mlstamp.fingerprints.machine", lambda: "another")
    again(Looks())
    assert ran == ["red t.looks"]
    again.code = Code(PACKAGE, write_all(tmp_path / "hooks", {"init_git.py": "# Other.\n"}))
    again(Looks())
    assert ran == ["red t.looks"]


def test_a_damaged_cache_runs_everything_again(again: Again) -> None:
    again(Looks(), variants=BOTH)
    paths = [*(again.home / "cache").rglob("*.json")]
    assert len(paths) == 4  # of each variant what it comes to, and a result
    for path in paths:
        path.write_bytes(path.read_bytes()[:-9])
    assert set(again(Looks(), variants=BOTH).values()) == {"green"}


def test_against_a_commit_what_is_the_same_is_left_out_with_the_reason(
    again: Again, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    shutil.copytree(again.template, before)
    path = again.template / README
    path.write_text(path.read_text(encoding="utf-8") + "{% if batch %}Rows.{% endif %}")
    one, other = RED, Variant("other", {"batch": False})
    checks = (Looks(), OfTheRender(), OfTheTemplate())
    found = again(*checks, variants=[one, other], before=before)
    left_out = {name for name, end in found.items() if end == "left out"}
    assert left_out == {"other t.looks", "other t.of_the_render"}
    assert ran[-1] == "other t.of_the_template"


def test_against_a_commit_a_check_whose_code_differs_is_run(again: Again, tmp_path: Path) -> None:
    assert again(Looks(), before=again.template) == {"red t.looks": "left out"}
    past = Past(
        State(again.template, None, Code(PACKAGE), [Looks()], Store(tmp_path / "cache")),
        State(again.template, None, Code(tmp_path), [Looks()], Store(tmp_path / "cache")),
    )
    assert [r.outcome for r in again.run(past, Looks())] == [Outcome.GREEN]


def test_a_template_that_could_not_be_rendered_before_leaves_nothing_out(
    again: Again, tmp_path: Path
) -> None:
    before = write_all(tmp_path / "before", {"copier.yml": "_subdirectory: template\n"})
    assert again(Looks(), before=before) == {"red t.looks": "green"}


def test_a_result_says_the_day_on_which_it_was_seen(again: Again) -> None:
    again(Looks())
    [result] = again.run(Past(again.state(again.template, (Looks(),))), Looks())
    assert (result.outcome, result.seconds) == (Outcome.SEEN, 0.0)
    assert abs(date.today() - date.fromisoformat(result.detail)) <= timedelta(days=1)
