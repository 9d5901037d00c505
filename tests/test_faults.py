"""Faults are planted where they can be, and only the check that they name kills them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from mlstamp import bench, cli, faults, source
from mlstamp.checks import CHECKS
from mlstamp.errors import Refused
from mlstamp.faults import Edit, Ending, Fault, Finding
from mlstamp.runner import BUILD, Outcome, Result
from scripts import make_faults
from tests.support import ROOT, write_all

KNOWN = {fault.name: fault for fault in faults.read(ROOT / "tests" / "mutants")}
# One of each way to be noticed, of those that take next to nothing: the command tries all.
CHEAP = (
    *("file-leaks", "column-outside-problem", "render-by-chance", "upper-bound-missing"),
    *("trust-needed", "action-unpinned", "right-too-many", "compose-open", "environments-differ"),
    *("runbook-without-alert", "password-written-down", "trailing-blank"),
)
CONFLICT = "<" * 7 + " ours\n"
MARKED = Edit("template/batch.txt", "many rows\n", f"many rows\n{CONFLICT}")


def fault(*edits: Edit, check: str = "pristine.conflicts") -> Fault:
    """Return a fault of the tiny template."""
    return Fault(name="it", breaks="It is broken.", check=check, says="batch.txt", plant=edits)


def found(tiny: Path, work: Path, *wanted: Fault) -> list[Finding]:
    """Plant faults in the tiny template, and return what became of them."""
    heard: list[Finding] = []
    results = bench.run(list(wanted), bench.Bench(tiny, work), heard.append)
    assert heard == results
    return results


@pytest.mark.parametrize("one", KNOWN.values(), ids=KNOWN)
def test_each_fault_is_of_the_template_as_it_is_now(one: Fault, tmp_path: Path) -> None:
    there = {edit.file for edit in one.plant if (ROOT / edit.file).is_file()}
    before = {name: (ROOT / name).read_text(encoding="utf-8") for name in there}
    faults.plant(one, write_all(tmp_path, before))
    after = {name: tmp_path / name for name in there}
    assert {n: p.read_text(encoding="utf-8") if p.is_file() else "" for n, p in after.items()} != (
        before
    )


def test_each_check_has_a_fault_or_a_reason_why_there_is_none() -> None:
    named = {one.check for one in KNOWN.values()}
    assert set(CHECKS) - named == set(make_faults.WITHOUT)
    assert named <= {*CHECKS, BUILD}


@pytest.mark.parametrize("name", CHEAP)
def test_a_fault_that_costs_little_is_noticed_by_the_check_that_it_names(
    name: str, template: Path, tmp_path: Path
) -> None:
    (finding,) = found(template, tmp_path, KNOWN[name])
    assert (finding.ending, finding.fault.name) == (Ending.KILLED, name), finding.detail


def test_a_fault_that_nobody_notices_survives(tiny: Path, tmp_path: Path) -> None:
    harmless = Edit("template/batch.txt", "many rows\n", "more rows\n")
    (finding,) = found(tiny, tmp_path, fault(harmless))
    assert finding.ending is Ending.SURVIVED
    assert finding.detail == "pristine.conflicts is green"


def test_a_check_that_was_red_before_kills_nothing(tiny: Path, tmp_path: Path) -> None:
    write_all(tiny, {"template/batch.txt": f"many rows\n{CONFLICT}"})
    (finding,) = found(tiny, tmp_path, fault(MARKED))
    assert finding.ending is Ending.ERROR
    assert "without the fault it is red" in finding.detail


def test_a_check_of_other_variants_kills_nothing(tiny: Path, tmp_path: Path) -> None:
    (finding,) = found(tiny, tmp_path, fault(MARKED, check="container.lint"))
    assert finding.ending is Ending.ERROR
    assert "does not concern these answers" in finding.detail


def test_a_template_that_no_longer_renders_is_noticed_as_such(tiny: Path, tmp_path: Path) -> None:
    broken = Edit("template/README.md.jinja", "{{ colour }}", "{{ nonsense }}")
    by_build = Fault("a", "It.", BUILD, "nonsense", (broken,))
    by_another = Fault("b", "It.", "pristine.conflicts", "nonsense", (broken,))
    findings = found(tiny, tmp_path, by_build, by_another)
    assert [one.ending for one in findings] == [Ending.KILLED, Ending.ERROR]


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (Edit("template/batch.txt", "few rows", "x"), "'few rows' 0 times"),
        (Edit("template/batch.txt", "m", "x"), None),
        (Edit("template/batch.txt", "a", "x"), None),
        (Edit("template/README.md.jinja", "}}", "x"), "'}}' 2 times"),
        (Edit("template/gone.txt", "a", "x"), "0 times"),
        (Edit("template/gone.txt"), "is not there"),
        (Edit("template/batch.txt", None, "x"), "is there already"),
        (Edit("template/deep/new.txt", None, "x"), None),
        (Edit("template/batch.txt"), None),
    ],
)
def test_a_fault_that_fits_no_longer_is_refused(tiny: Path, edit: Edit, why: str | None) -> None:
    if why is None:
        faults.plant(fault(edit), tiny)
        path = tiny / edit.file
        assert path.is_file() == (edit.after is not None)
        return
    with pytest.raises(Refused, match=why):
        faults.plant(fault(edit), tiny)


RED = Result("v", "pristine.conflicts", "T.", Outcome.RED, 0.0, "batch.txt")


@pytest.mark.parametrize(
    ("outcome", "detail", "ending"),
    [
        (Outcome.RED, "batch.txt", Ending.KILLED),
        (Outcome.RED, "another reason", Ending.SURVIVED),
        (Outcome.BLOCKED, "quality.sync is not green: batch.txt", Ending.SURVIVED),
        (Outcome.GREEN, "", Ending.SURVIVED),
        (Outcome.NOT_VERIFIED, "docker", Ending.NOT_VERIFIED),
    ],
)
def test_only_red_for_the_reason_that_was_foreseen_is_a_kill(
    outcome: Outcome, detail: str, ending: Ending
) -> None:
    result = Result("v", "pristine.conflicts", "T.", outcome, 0.0, detail)
    assert faults.judge(fault(MARKED), {"pristine.conflicts": result})[0] is ending


def test_an_explanation_counts_until_the_fault_is_noticed() -> None:
    explained = Fault("a", "It.", "pristine.conflicts", "batch.txt", (MARKED,), survives="Because.")
    assert faults.judge(explained, {})[0] is Ending.EXPLAINED
    assert faults.judge(explained, {"pristine.conflicts": RED})[0] is Ending.ERROR


def test_what_could_not_be_tried_counts_for_nothing() -> None:
    endings = [*Ending, Ending.KILLED]
    assert faults.kill_rate([Finding(fault(), ending, 1.0) for ending in endings]) == (2, 4)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: {check: pristine.text}", "a in a.yaml is not a fault: 'plant'"),
        ("a: {check: pristine.text, plant: [{fil: x}]}", "unexpected keyword argument 'fil'"),
        ("a: {breaks: b, check: nobody, says: x, plant: []}", "names nobody: name a check"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_file_of_faults_that_is_wrong_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        faults.read(write_all(tmp_path, {"a.yaml": text}))


def test_two_faults_of_one_name_are_refused(tmp_path: Path) -> None:
    text = "a: {breaks: b, check: pristine.text, says: x, plant: []}"
    with pytest.raises(Refused, match=r"b\.yaml has a again"):
        faults.read(write_all(tmp_path, {"a.yaml": text, "b.yaml": text}))


FILE = """
noticed:
  breaks: A conflict is left.
  check: pristine.conflicts
  says: batch.txt
  plant: [{file: template/batch.txt, before: many, after: "<<<<<<< ours\\n"}]
unnoticed:
  breaks: Nothing.
  check: pristine.conflicts
  says: batch.txt
  plant: [{file: template/batch.txt, before: many, after: few}]
"""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("noticed",), 0, "killed 1 of 1 (100%)"),
        (("pristine.*",), 1, "killed 1 of 2 (50%)"),
        (("--list",), 0, "A conflict is left."),
        (("nobody",), 2, "nobody is no fault"),
    ],
)
def test_the_command_tells_what_survived_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tiny: Path,
    tmp_path: Path,
    words: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    write_all(tiny, {"tests/mutants/a.yaml": FILE})
    monkeypatch.setattr(source, "checkout", lambda: tiny)
    told = tmp_path / "told.json"
    monkeypatch.setattr(sys, "argv", ["mlstamp", "faults", *words, "--json", str(told)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    captured = capsys.readouterr()
    assert (end.value.code or 0, said in captured.out + captured.err) == (code, True)
    if said.startswith("killed"):
        assert json.loads(told.read_text(encoding="utf-8"))["killed"] == 1


def test_without_a_clone_there_are_no_faults_to_plant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(source, "checkout", lambda: None)
    monkeypatch.setattr(sys, "argv", ["mlstamp", "faults"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "run this in a clone" in capsys.readouterr().err
