"""What people and programs are told about a run."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from mlstamp import report
from mlstamp.checks.runtime import loads
from mlstamp.runner import Outcome, Result

RESULTS = [
    Result("default", "a.one", "One.", Outcome.GREEN, 1.5),
    Result("default", "a.two", "Two.", Outcome.RED, 0.5, "It broke <b>here</b>"),
    Result("minimal", "a.one", "One.", Outcome.NOT_VERIFIED, 0.0, "docker"),
    Result("minimal", "a.two", "Two.", Outcome.BLOCKED, 0.0, "a.one is not green"),
]


def printed(*, terminal: bool = False) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=100, force_terminal=terminal, color_system=None), text


def test_without_a_terminal_each_result_is_one_line() -> None:
    console, text = printed()
    board = report.Board(console, ["default", "minimal"], ["a.one", "a.two"])
    with board.live():
        for result in RESULTS:
            board.listen(result)
    lines = text.getvalue().splitlines()
    assert len(lines) == 4
    assert "not verified here: docker" in lines[2]


def test_on_a_terminal_the_table_has_a_row_for_each_variant() -> None:
    console, text = printed(terminal=True)
    board = report.Board(console, ["default", "minimal"], ["a.one", "a.two", "a.three"])
    with board.live():
        for result in RESULTS:
            board.listen(result)
        board.listen(Result("minimal", "a.three", "Three.", Outcome.RUNNING))
    console.print(board.table())
    final = text.getvalue().splitlines()[-3:]
    assert any("default" in line and "✓✗·" in line and "2 s" in line for line in final)
    assert any("minimal" in line and "?-…" in line and "a.three" in line for line in final)


def test_the_summary_names_what_is_not_green_and_counts() -> None:
    console, text = printed()
    report.print_summary(console, RESULTS, details=True)
    assert "a.one" in text.getvalue()
    assert text.getvalue().rstrip().endswith("1 green, 1 red, 1 blocked, 1 not verified here")


@pytest.mark.parametrize("outcome", [Outcome.RED, Outcome.BLOCKED])
def test_red_and_blocked_are_both_a_failure(outcome: Outcome) -> None:
    assert report.any_red([Result("v", "c", "t", outcome)])


def test_not_verified_is_no_failure_and_is_not_counted_as_green(tmp_path: Path) -> None:
    report.write_json(tmp_path / "deep" / "r.json", [RESULTS[2]], 3.0)
    said = json.loads((tmp_path / "deep" / "r.json").read_text(encoding="utf-8"))
    assert said["green"] is True
    assert said["counts"] == {"not verified here": 1}


def test_json_holds_every_result(tmp_path: Path) -> None:
    report.write_json(tmp_path / "r.json", RESULTS, 3.0)
    said = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert said["green"] is False
    assert [(r["variant"], r["check"], r["outcome"]) for r in said["results"]] == [
        (r.variant, r.check, r.outcome.value) for r in RESULTS
    ]


def test_the_page_loads_nothing_and_escapes_what_it_shows(tmp_path: Path) -> None:
    report.write_html(tmp_path / "r.html", RESULTS, 3.0)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert loads(page) == []
    assert "It broke &lt;b&gt;here&lt;/b&gt;" in page
    assert "Something is red" in page
    assert page.count("<details>") == 0


def test_the_page_has_the_seconds_and_the_logs_of_what_is_red() -> None:
    log = "\x1b[31m== 01-just.log\n<E> 3 != 4"
    red = Result("v", "c", "T.", Outcome.RED, 7.25, "broke", log=log)
    page = report.page([red, RESULTS[0]], 8.0)
    assert "✗<br>7.2</td>" in page
    assert "<pre>== 01-just.log\n&lt;E&gt; 3 != 4</pre></details>" in page


def test_the_page_has_the_ends_of_green_logs_folded_into_one_line_a_variant() -> None:
    green = [
        Result("v", name, "T.", Outcome.GREEN, 1.0, log=f"== {name}.log\n<ok>")
        for name in ("a.one", "a.two")
    ]
    page = report.page([*green, RESULTS[0]], 8.0)
    assert page.count("<details>") == 1
    assert "<summary>Logs of v</summary><h3>a.one</h3><pre>== a.one.log\n&lt;ok&gt;</pre>" in page


def test_json_and_the_page_have_the_peak_of_memory_where_it_is_known(tmp_path: Path) -> None:
    report.write_json(tmp_path / "r.json", RESULTS, 3.0, 1105)
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["peak_megabytes"] == 1105
    assert "took 1,105 MB of memory" in report.page(RESULTS, 3.0, 1105)
    assert "memory" not in report.page(RESULTS, 3.0)


def test_what_was_not_run_is_told_of_together_with_the_reason_and_is_not_green() -> None:
    results = [
        Result("default", "a.one", "One.", Outcome.SEEN, detail="2026-11-28"),
        Result("default", "a.two", "Two.", Outcome.SEEN, detail="2026-11-28"),
        Result("minimal", "a.one", "One.", Outcome.LEFT_OUT, detail="as at abc"),
        RESULTS[0],
    ]
    console, text = printed()
    board = report.Board(console, ["default", "minimal"], ["a.one", "a.two"])
    for result in results[:3]:
        board.listen(result)
    assert text.getvalue() == ""
    report.print_summary(console, results, details=True)
    assert text.getvalue().splitlines() == [
        "seen before (2026-11-28): 2 checks, of default 2",
        "left out (as at abc): 1 checks, of minimal 1",
        "1 green, 2 seen before, 1 left out",
    ]
    assert "seen before (2026-11-28): 2 checks, of default 2" in report.page(results, 1.0)
