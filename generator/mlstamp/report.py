"""What a run of checks found: a live table, JSON, and one self-contained HTML page."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .findings import Level, counted
from .runner import Outcome, Result

REFUSED = "refused"  # in the place of a check, where a project could not be checked at all
# Nothing was run for these: they are told of together, at the end.
NOT_RUN = {Outcome.SEEN, Outcome.LEFT_OUT}
_STYLES = {
    Outcome.RUNNING: ("…", "cyan"),
    Outcome.GREEN: ("✓", "green"),
    Outcome.RED: ("✗", "bold red"),
    Outcome.BLOCKED: ("-", "yellow"),
    Outcome.NOT_VERIFIED: ("?", "magenta"),
    Outcome.SEEN: ("=", "green"),
    Outcome.LEFT_OUT: ("_", "dim"),
}


_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def refusal(name: str, why: str) -> Result:
    """Return what stands for a project that could not be checked."""
    return Result(name, REFUSED, "It can be checked.", Outcome.BLOCKED, detail=why)


class Board:
    """The state of a run, as a table with one row a variant."""

    def __init__(self, console: Console, variants: list[str], checks: list[str]) -> None:
        """Start with every check waiting."""
        self.console = console
        self.checks = checks
        self.results: dict[str, dict[str, Result]] = {name: {} for name in variants}
        self._live: Live | None = None

    def listen(self, result: Result) -> None:
        """Take in a result; where no table can be redrawn, print a line instead."""
        self.results[result.variant][result.check] = result
        if self._live:
            self._live.update(self.table())
        elif result.outcome not in {Outcome.RUNNING, *NOT_RUN}:
            self.console.print(_line(result), soft_wrap=True)

    @contextmanager
    def live(self) -> Iterator[None]:
        """Redraw the table while the block runs, if this is a terminal."""
        if not self.console.is_terminal:
            yield
            return
        with Live(self.table(), console=self.console, refresh_per_second=4) as self._live:
            yield
        self._live = None

    def ended(self) -> list[Result]:
        """Return the results that there are by now."""
        every = (result for results in self.results.values() for result in results.values())
        return [result for result in every if result.outcome is not Outcome.RUNNING]

    def table(self) -> Table:
        """Return the table as it stands."""
        table = Table("variant", "checks", "now", title=f"{len(self.checks)} checks", box=None)
        for variant, results in self.results.items():
            running = [r.check for r in results.values() if r.outcome is Outcome.RUNNING]
            seconds = sum(result.seconds for result in results.values())
            now = (
                Text(running[0], "cyan") if running else Text(f"{seconds:.0f} s" if results else "")
            )
            table.add_row(variant, self._marks(results), now)
        return table

    def _marks(self, results: dict[str, Result]) -> Text:
        marks = Text()
        for check in self.checks:
            mark, style = _STYLES[results[check].outcome] if check in results else ("·", "dim")
            marks.append(mark, style)
        return marks


def _line(result: Result) -> Text:
    mark, style = _STYLES[result.outcome]
    line = Text(f"{mark} ", style)
    line.append(f"{result.variant:<22} {result.check:<22} {result.seconds:6.1f} s ", "default")
    if result.outcome is not Outcome.GREEN:
        line.append(f" {result.outcome}: {result.detail}".rstrip(": "), style)
    elif result.findings:
        line.append(f" {counted(result.findings)}", "yellow")
    return line


def print_summary(console: Console, results: list[Result], *, details: bool) -> None:
    """Say what is not green, and why; what was not run, and why; then the count of each outcome."""
    for result in results if details else []:
        if result.outcome not in {Outcome.GREEN, *NOT_RUN} and result.check != REFUSED:
            console.print(_line(result), soft_wrap=True)
    for sentence in _not_run(results):
        console.print(sentence, markup=False, soft_wrap=True)
    if len({result.variant for result in results}) == 1:
        _print_findings(console, results)
    counts = _counts(results)
    said = ", ".join(f"{counts[one]} {one}" for one in [*Outcome, REFUSED] if counts[one])
    console.print(Text(said or "nothing was checked", _style_of(results)))


def _counts(results: list[Result]) -> Counter[str]:
    """Return how many there are of each outcome; a project that was refused is its own kind."""
    return Counter(one.check if one.check == REFUSED else str(one.outcome) for one in results)


def _not_run(results: list[Result]) -> Iterator[str]:
    """Say for each reason how many checks of which variants were not run."""
    reasons = Counter((r.outcome, r.detail, r.variant) for r in results if r.outcome in NOT_RUN)
    for outcome, detail in dict.fromkeys((outcome, detail) for outcome, detail, _ in reasons):
        counts = {name: n for (o, d, name), n in reasons.items() if (o, d) == (outcome, detail)}
        where = ", ".join(f"{name} {n}" for name, n in counts.items())
        yield f"{outcome} ({detail}): {sum(counts.values())} checks, of {where}"


def _print_findings(console: Console, results: list[Result]) -> None:
    """Print what made nothing red; errors stand beside the check that they made red."""
    for result in results:
        for finding in result.findings:
            if finding.level is not Level.ERROR:
                line = Text(f"  {finding.level:<8} ", "yellow").append(str(finding), "default")
                console.print(line, soft_wrap=True)


def repositories(results: list[Result]) -> Table:
    """Return one row for each repository: how much was found, and by which checks."""
    table = Table("repository", "found", "red", box=None)
    for name in dict.fromkeys(result.variant for result in results):
        own = [result for result in results if result.variant == name]
        red = [one.check for one in own if one.outcome is Outcome.RED or one.check == REFUSED]
        sure = all(one.outcome in {Outcome.GREEN, *NOT_RUN} for one in own)
        style = "red" if red else "green" if sure else "yellow"
        table.add_row(name, _found(own), Text(", ".join(red) or "nothing", style))
    return table


def _found(results: list[Result]) -> str:
    """Say how much was found in a repository, and how many checks could not tell."""
    if [result.check for result in results] == [REFUSED]:
        return "not checked"
    unknown = sum(result.outcome is Outcome.NOT_VERIFIED for result in results)
    said = [
        counted(finding for result in results for finding in result.findings),
        f"{unknown} {Outcome.NOT_VERIFIED}".removesuffix(" here") if unknown else "",
    ]
    return ", ".join(filter(None, said)) or "nothing"


def _style_of(results: list[Result]) -> str:
    return "bold red" if any_red(results) else "bold green"


def any_red(results: list[Result]) -> bool:
    """Tell whether anything is red, or could not be reached because of something red."""
    return any(result.outcome in {Outcome.RED, Outcome.BLOCKED} for result in results)


def summary(
    results: list[Result], seconds: float, megabytes: int | None = None
) -> dict[str, object]:
    """Return the whole run as plain data; `megabytes` are those of its largest program."""
    counts = _counts(results)
    rows = [result.as_dict() for result in results]
    return {
        "green": not any_red(results),
        "seconds": seconds,
        "peak_megabytes": megabytes,
        "counts": counts,
        "results": rows,
    }


def write_json(
    path: Path, results: list[Result], seconds: float, megabytes: int | None = None
) -> None:
    """Write the run as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(summary(results, seconds, megabytes), indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def write_html(
    path: Path, results: list[Result], seconds: float, megabytes: int | None = None
) -> None:
    """Write the run as one page that needs no other file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(results, seconds, megabytes), encoding="utf-8")


def page(results: list[Result], seconds: float, megabytes: int | None = None) -> str:
    """Return a matrix of variants and checks, and below it each thing that is not green."""
    checks = list(dict.fromkeys(result.check for result in results))
    variants = list(dict.fromkeys(result.variant for result in results))
    found = {(result.variant, result.check): result for result in results}
    head = "".join(f"<th><span>{html.escape(name)}</span></th>" for name in checks)
    rows = "".join(
        f"<tr><th>{html.escape(variant)}</th>"
        + "".join(_cell(found.get((variant, check))) for check in checks)
        + "</tr>"
        for variant in variants
    )
    told = [r for r in results if r.outcome not in {Outcome.GREEN, *NOT_RUN}]
    faults = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in _not_run(results))
    faults += "".join(map(_fault, told))
    faults += "".join(_logs(variant, results) for variant in variants)
    verdict = "Something is red" if any_red(results) else "All that was checked is green"
    spent = f"{seconds:.0f} seconds. {memory(megabytes)}"
    return _PAGE.format(verdict=verdict, spent=spent, head=head, rows=rows, faults=faults)


def memory(megabytes: int | None) -> str:
    """Say how large the largest program of a run was, where the system keeps a record of it."""
    return f"The largest program took {megabytes:,} MB of memory." if megabytes else ""


def _cell(result: Result | None) -> str:
    if result is None:
        return '<td class="none"></td>'
    kind = str(result.outcome).split(" ", maxsplit=1)[0]
    title = html.escape(f"{result.title} {result.outcome} {result.detail}")
    seconds = f"<br>{result.seconds:.1f}" if result.seconds else ""
    return f'<td class="{kind}" title="{title}">{_STYLES[result.outcome][0]}{seconds}</td>'


def _fault(result: Result) -> str:
    heading = html.escape(f"{result.variant}: {result.check} is {result.outcome}")
    title, detail = html.escape(result.title), html.escape(result.detail)
    log = _folded("Log", f"<pre>{_log(result)}</pre>") if result.log else ""
    return f"<section><h2>{heading}</h2><p>{title}</p><pre>{detail}</pre>{log}</section>"


def _logs(variant: str, results: list[Result]) -> str:
    """Return the ends of what the green checks of a variant wrote, folded into one line."""
    own = [r for r in results if (r.variant, r.outcome) == (variant, Outcome.GREEN) and r.log]
    logs = "".join(f"<h3>{html.escape(one.check)}</h3><pre>{_log(one)}</pre>" for one in own)
    return _folded(f"Logs of {html.escape(variant)}", logs) if logs else ""


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>{content}</details>"


def _log(result: Result) -> str:
    return html.escape(_COLOURS.sub("", result.log))


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>mlstamp verify</title><style>
:root {{ color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }}
body {{ margin: 2rem auto; max-width: 72rem; padding: 0 1rem }}
table {{ border-collapse: collapse }}
td {{ text-align: center; min-width: 1.6rem; font-size: 12px }}
th, td {{ border: 1px solid #8886; padding: .2rem .4rem; font-weight: normal; text-align: left }}
thead span {{ writing-mode: vertical-rl; transform: rotate(180deg) }}
.green {{ background: #2a96; }} .red {{ background: #d338; }} .blocked {{ background: #c926; }}
.not {{ background: #93c6 }} .seen {{ background: #2a93 }} .left {{ background: #8883 }}
.none {{ background: #8881 }} pre {{ overflow: auto; font-size: 13px }}
</style></head><body>
<h1>{verdict}</h1><p>{spent} A question mark: not verified here. An
equals sign: seen before. A low line: left out. The figures are seconds.</p>
<div style="overflow-x: auto"><table><thead><tr><td></td>{head}</tr></thead>
<tbody>{rows}</tbody></table></div>{faults}
</body></html>
"""
