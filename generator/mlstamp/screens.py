"""What the commands show: plain text that a person reads, made with rich."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.status import Status
from rich.table import Column, Table
from rich.text import Text

from . import adopt, upgrade
from .demo import Progress, Story
from .faults import Ending, Fault, Finding, kill_rate
from .loop import Figures
from .variants import Variant


class DemoProgress(Progress):
    """A spinner for the stage that runs, and a line for each that is done."""

    def __init__(self, console: Console) -> None:
        """Print to this console."""
        self._console = console
        self._status = Status("", console=console)

    def __enter__(self) -> DemoProgress:
        """Start the spinner."""
        self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the spinner, also when a stage has failed."""
        self._status.stop()

    def begin(self, stage: str, about: str) -> None:
        """Show which stage runs."""
        self._status.update(f"[bold]{stage}[/]: {escape(about)}")

    def say(self, sentence: str) -> None:
        """Print what happened within the stage."""
        self._console.print(f"           {sentence}", style="dim", markup=False, soft_wrap=True)

    def end(self, stage: str, seconds: float) -> None:
        """Print the finished stage with its time."""
        self._console.print(f"[green]✓[/] {stage:<9}{seconds:6.1f} s")


def ending(story: Story) -> Group:
    """Return the last screen of the demo."""
    parts: list[Text | Table] = [
        Text("\nSeconds per stage", "bold"),
        _seconds(story.seconds),
        Text("\nThe champion, on data it never saw, with 95 % intervals", "bold"),
        _metrics(story.champion.get("metrics", {})),
        Text("\nOne live prediction", "bold"),
        _exchange(story),
    ]
    if story.loop:
        parts += [Text("\nThe loop", "bold"), _loop(story.loop)]
    return Group(*parts)


def _seconds(seconds: dict[str, float]) -> Table:
    table = Table("stage", box=None)
    table.add_column("seconds", justify="right")
    for stage, value in seconds.items():
        table.add_row(stage, f"{value:.1f}")
    table.add_row(Text("all", "bold"), Text(f"{sum(seconds.values()):.1f}", "bold"))
    return table


def _metrics(metrics: dict[str, Any]) -> Table:
    table = Table("metric", box=None)
    for column in ("value", "from", "to"):
        table.add_column(column, justify="right")
    for name, metric in metrics.items():
        table.add_row(name, *(_number(metric.get(key)) for key in ("value", "low", "high")))
    return table


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, (int, float)) else ""


def _exchange(story: Story) -> Table:
    table = Table(box=None, show_header=False)
    table.add_row("question", Text(json.dumps(story.question)))
    table.add_row("answer", Text(json.dumps(story.answer)))
    return table


def _loop(figures: Figures) -> Table:
    table = Table(box=None, show_header=False)
    table.add_row("from drift to the alert", f"{figures.alert:.1f} s")
    table.add_row("from the mended inputs to a better champion", f"{figures.champion:.1f} s")
    table.add_row("from drift to the better champion", f"{figures.closed:.1f} s")
    table.add_row("to roll back", f"{figures.rollback:.1f} s")
    table.add_row("requests asked meanwhile, and lost", f"{figures.requests:,}, {figures.lost}")
    return table


def next_commands(folder: Path, command: str = "") -> Text:
    """Return what to type next, as seen from where the person is."""
    lines = [f"cd {_near(folder)}"]
    if command:
        lines += ["uv run just check", f"uv run {command} serve", "uv run just report"]
    else:
        lines += ["uv sync", "uv run just lifecycle", "uv run just serve"]
    return Text("\nNext:\n" + "".join(f"  {line}\n" for line in lines))


def _near(folder: Path) -> str:
    try:
        near = os.path.relpath(folder)
    except ValueError:  # another drive
        return str(folder)
    return str(folder) if near.startswith("..") else near


def planned(outcome: upgrade.Outcome) -> Group:
    """Return what an update would do to each file, and whether anything would be lost."""
    said = [Text(f"No question any more: {', '.join(outcome.gone)}.")] if outcome.gone else []
    title = Text(f"An update {_way(outcome)}.", "bold")
    few = (
        "Nothing but the answers on record changes."
        if outcome.result.touched
        else "No file changes."
    )
    table = _changes(outcome, outcome.changes) if outcome.changes else Text(few)
    return Group(title, table, *said, Text(_prospect(outcome)))


def applied(outcome: upgrade.Outcome, plan: upgrade.Outcome, project: Path) -> Group:
    """Return that an update is made, what of it the plan did not know, and what to do next."""
    title = Text(f"Updated {_way(outcome)}.", "bold")
    other = [change for change in outcome.changes if change not in plan.changes]
    table = [_changes(outcome, other)] if other else []
    return Group(title, *table, Text(_advice(outcome, project)))


def _way(outcome: upgrade.Outcome) -> str:
    """Say between which releases; other answers alone change none."""
    if outcome.old == outcome.new:
        return f"at {outcome.new}"
    return f"from {outcome.old} to {outcome.new}"


def _changes(outcome: upgrade.Outcome, shown: list[upgrade.Change]) -> Table:
    table = Table("file", "what happens", box=None)
    for change in shown:
        style = "red" if change in outcome.open else ""
        moved = f": now {change.to}" if change.to else ""
        table.add_row(Text(change.path), Text(f"{change.kind}{moved}", style))
    return table


def releases(has: str, found: list[upgrade.Release]) -> Table:
    """Return the releases of a template, and a mark at the one that the project has."""
    table = Table("release", "day", "about", "", box=None)
    for release in found:
        mark = "this project" if release.name == has else ""
        table.add_row(*map(Text, (release.name, release.day, release.about, mark)))
    if has not in {release.name for release in found}:
        table.add_row(Text(has), "", "no release", "this project")
    return table


def _prospect(outcome: upgrade.Outcome) -> str:
    if outcome.losses:
        return "Edits of yours would be lost: carry them over by hand, with --accept-loss."
    return "Conflicts would be left to resolve." if outcome.open else "Nothing would be lost."


def _advice(outcome: upgrade.Outcome, project: Path) -> str:
    place = "" if project == Path() else f" {project}"
    undo = f"Take it back with mlstamp update{place} --undo."
    if outcome.open:
        return f"Resolve what is red, git add, commit. {undo}"
    return f"Next: uv sync, uv run just check, commit. {undo}" if outcome.result.touched else ""


def adopted(outcome: adopt.Outcome) -> Group:
    """Return what adopting does to each file, new ones as a count for each folder."""
    verb = "Adopted" if outcome.applied else "Adopting"
    table = Table("file", "what happens", box=None)
    new = Counter(step.path.partition("/")[0] for step in outcome.of(adopt.Kind.NEW))
    for name, count in new.items():
        table.add_row(Text(name), Text("new" if count == 1 else f"{count} new files"))
    for step in outcome.of(*list(adopt.Kind)[1:]):
        style = "yellow" if step.kind is adopt.Kind.DIFFERS else ""
        table.add_row(Text(step.path), Text(str(step.kind), style))
        for line in step.overruled:
            table.add_row("", Text(f"yours counts: {line}", "yellow"))
    title = Text(f"{verb} mlstamp {outcome.release}.", "bold")
    advice = _review(outcome) if outcome.applied else "Nothing was written."
    return Group(title, table, Text(advice))


def _review(outcome: adopt.Outcome) -> str:
    here, there = adopt.BRANCH, adopt.REFERENCE
    lines = [f"You are on the branch {here}. Next:", f"  git log --stat {outcome.came_from}.."]
    if outcome.of(adopt.Kind.DIFFERS):
        lines.append("For each file that differs, see how, and take what you like of the template:")
        lines.append(f"  git diff {there} -- FILE")
        lines.append(f"  git checkout --patch {there} -- FILE")
    lines += ["Then:", "  uv lock", "  uv sync", "  uv run just check"]
    undo = [f"  git switch {outcome.came_from}", f"  git branch -D {here} {there}"]
    return "\n".join([*lines, "To take it all back:", *undo])


def variants(found: list[Variant]) -> Table:
    """Return the variants as a table."""
    table = Table("variant", "answers", box=None)
    for variant in found:
        table.add_row(variant.name, _pairs(variant.answers))
    return table


def presets(found: Mapping[str, Mapping[str, object]], folder: Path) -> Group:
    """Return the presets as a table, and where they lie."""
    if not found:
        return Group(Text("There is none yet: mlstamp new DEST --save-preset NAME makes one."))
    table = Table("preset", "answers", box=None)
    for name, answers in found.items():
        table.add_row(Text(name), Text(_pairs(answers)))
    return Group(table, Text(f"Each is a file in {folder}."))


def _pairs(answers: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in answers.items()) or "every default"


_ENDINGS = {
    Ending.KILLED: "green",
    Ending.SURVIVED: "bold red",
    Ending.EXPLAINED: "yellow",
    Ending.NOT_VERIFIED: "magenta",
    Ending.ERROR: "bold red",
}


def known_faults(known: list[Fault]) -> Table:
    """Return which faults there are, and who has to notice each."""
    table = Table("fault", "check", "breaks", box=None)
    for fault in known:
        table.add_row(fault.name, fault.check, Text(fault.breaks))
    return table


def planted(finding: Finding) -> Text:
    """Return the line of one fault, with what was said unless it was noticed."""
    line = Text(f"{finding.fault.name}: ").append(finding.ending, _ENDINGS[finding.ending])
    if finding.ending is not Ending.KILLED:
        line.append(f"; {finding.detail}")
    return line


def faults(found: list[Finding], seconds: float) -> Group:
    """Return what became of each fault, and the kill rate."""
    table = Table("fault", "check", "outcome", Column("seconds", justify="right"), box=None)
    for one in found:
        outcome = Text(one.ending, _ENDINGS[one.ending])
        table.add_row(one.fault.name, one.fault.check, outcome, f"{one.seconds:.0f}")
    killed, tried = kill_rate(found)
    rate = f"{killed / tried:.0%}" if tried else "nothing was tried"
    untried = len(found) - tried
    left = f"; {untried} could not be tried" if untried else ""
    return Group(table, Text(f"killed {killed} of {tried} ({rate}) in {seconds:.0f} s{left}"))
