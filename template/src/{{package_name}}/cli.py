"""From raw data to a monitored service: one command per stage, and a failure is one sentence."""

import json
import webbrowser
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from . import wiring
from .config import Settings
from .errors import StageError
from .registry import CHALLENGER, CHAMPION, PREVIOUS, Pointer, Verdict, find_verdict

if TYPE_CHECKING:
    from .registry.store import Registry

NEXT = f"A running service answers with it {wiring.sockets.takeover}."
app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)


@app.command()
def data() -> None:
    """Snapshot the examples, check them against the contract, split them by time."""
    for line in wiring.prepare(wiring.configure()).told():
        typer.echo(line)


@app.command()
def train() -> None:
    """Fit a challenger, cross-validated in time order, and register it."""
    bundle, version = wiring.train(wiring.configure())
    found = bundle.contract.cv_metrics.items()
    means = ", ".join(f"{name} {mean:.4f}" for name, mean in found)
    typer.echo(f"Version {version} is challenger ({bundle.path}); cross-validated {means}.")
    typer.echo(f"It answers with {bundle.contract.answers_with}.")


@app.command()
def evaluate() -> None:
    """Judge the challenger on the test part and let the gates decide."""
    settings = wiring.configure()
    verdict = wiring.evaluate(settings)
    for gate in verdict.gates:
        mark = typer.style("passed ", "green") if gate.passed else typer.style("refused", "red")
        typer.echo(f"{mark}  {gate.name}: {gate.reason}")
    typer.echo(f"Report: {wiring.report_of(settings, verdict.digest[:12])}")


@app.command()
def promote() -> None:
    """Make the challenger champion; refused unless every gate was cleared."""
    champion = _registry(wiring.configure()).promote()
    typer.echo(f"Version {champion.version} is champion. {NEXT}")


@app.command()
def lifecycle() -> None:
    """Go from raw data to a promoted champion: data, train, evaluate, promote, status."""
    for stage in (data, train, evaluate, promote, status):
        typer.secho(stage.__name__, bold=True)
        stage()


@app.command()
def rollback() -> None:
    """Put the previous champion back, at once."""
    champion = _registry(wiring.configure()).rollback()
    typer.echo(f"Version {champion.version} is champion again. {NEXT}")


@app.command()
def retire() -> None:
    """Leave the project without a champion: if its Bundle is lost and no other can take over."""
    champion = _registry(wiring.configure()).retire()
    typer.echo(f"Version {champion.version} is champion no more: stop its service.")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show who is champion and challenger, and how good they are."""
    settings = wiring.configure()
    found: dict[str, dict[str, Any]] = {}
    for alias, version, verdict in _standings(settings):
        metrics = verdict.model_dump()["metrics"] if verdict else {}
        page = str(wiring.report_of(settings, version.path))
        found[alias] = version.model_dump() | {"report": page, "metrics": metrics}
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    if not found:
        typer.echo("Nothing is registered yet: run the stages data and train.")
        return
    table = Table("alias", "version", "Bundle", "quality on its test part")
    for alias, facts in found.items():
        first = list(facts["metrics"].items())[:3]
        shown = ", ".join(f"{name} {metric['value']:.4f}" for name, metric in first)
        table.add_row(alias, facts["version"], facts["path"], shown or "not evaluated")
    Console().print(table)


@app.command()
def report() -> None:
    """Open the report on the newest version that was evaluated."""
    settings = wiring.configure()
    paths = [wiring.report_of(settings, version.path) for _, version, _ in _standings(settings)]
    newest = max((p for p in paths if p.is_file()), key=lambda p: p.stat().st_mtime, default=None)
    if newest is None:
        raise StageError("There is no report yet: evaluate a challenger first.")
    typer.echo(newest)
    webbrowser.open(newest.resolve().as_uri())


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to listen on.")] = None,
) -> None:
    """Serve predictions of the champion over HTTP."""
    wiring.serve(wiring.configure(), host, port)


def _standings(settings: Settings) -> list[tuple[str, Pointer, Verdict | None]]:
    """Return each alias with its version and, once that is evaluated, the verdict on it."""
    reports, registry = settings.evaluation.reports, _registry(settings)
    all_ = [(alias, registry.version(alias)) for alias in (CHALLENGER, CHAMPION, PREVIOUS)]
    return [(alias, one, find_verdict(reports, one.digest)) for alias, one in all_ if one]


def _registry(settings: Settings) -> "Registry":
    from .registry.store import Registry  # only now: it loads MLflow

    return Registry(settings)


def main() -> None:
    """Run the command line."""
    for command in wiring.sockets.commands:
        app.command()(command)
    try:
        app()
    except StageError as error:
        typer.secho(str(error), fg="red", err=True)
        raise SystemExit(1) from None
