"""The command line: one command per stage; a failure is one sentence and a non-zero exit."""

import json
import webbrowser
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from . import wiring
from .config import Settings, load_settings
from .errors import StageError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)


@app.command()
def data() -> None:
    """Snapshot the examples, hold them against the contract, split them by time."""
    from .lifecycle import prepare

    result = prepare(_settings())
    rows = result.prepared.rows
    typer.echo(f"{rows['train']:,} rows to train on; {rows['test']:,} to test on,")
    typer.echo(f"all from {result.prepared.cut} or later.")
    if result.quarantined:
        typer.echo(f"{result.quarantined:,} rows break the contract: see {result.quarantine}.")


@app.command()
def train() -> None:
    """Fit a challenger, cross-validated in time order, and register it."""
    from .lifecycle import train as run

    bundle, version = run(_settings())
    figures = [f"{name} {value:.4f}" for name, value in bundle.contract.cv_metrics.items()]
    typer.echo(f"Version {version} is challenger ({bundle.path}); {', '.join(figures)}.")


@app.command()
def evaluate() -> None:
    """Judge the challenger on the test part and let the gates decide."""
    from .lifecycle import evaluate as run

    settings = _settings()
    verdict = run(settings)
    for gate in verdict.gates:
        mark = typer.style("passed ", "green") if gate.passed else typer.style("refused", "red")
        typer.echo(f"{mark}  {gate.name}: {gate.reason}")
    typer.echo(f"Report: {settings.evaluation.reports / verdict.digest[:12] / 'report.html'}")


@app.command()
def promote() -> None:
    """Make the challenger champion; refused unless every gate was cleared."""
    from .lifecycle import promote as run

    typer.echo(f"Version {run(_settings()).version} is champion.")


@app.command()
def rollback() -> None:
    """Put the previous champion back, at once."""
    from .lifecycle import rollback as run

    typer.echo(f"Version {run(_settings()).version} is champion again.")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show who is champion and challenger, and how good they are."""
    from .lifecycle import standings

    settings = _settings()
    found = {
        standing.alias: standing.version.model_dump()
        | {
            "report": str(settings.evaluation.reports / standing.version.path / "report.html"),
            "metrics": standing.verdict.model_dump()["metrics"] if standing.verdict else {},
        }
        for standing in standings(settings)
    }
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    table = Table("alias", "version", "Bundle", "quality on its test part")
    for alias, facts in found.items():
        shown = [
            f"{name} {found['value']:.4f}" for name, found in list(facts["metrics"].items())[:3]
        ]
        table.add_row(alias, facts["version"], facts["path"], ", ".join(shown) or "not evaluated")
    if not found:
        typer.echo("Nothing is registered yet: run the stages data and train.")
        return
    Console().print(table)


@app.command()
def report() -> None:
    """Open the report on the newest version that was evaluated."""
    from .lifecycle import standings

    settings = _settings()
    judged = [standing.version for standing in standings(settings) if standing.verdict]
    if not judged:
        raise StageError("There is no report yet: evaluate a challenger first.")
    path = settings.evaluation.reports / judged[0].path / "report.html"
    typer.echo(path)
    webbrowser.open(path.resolve().as_uri())


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Answer predictions of the champion over HTTP."""
    wiring.serve(_settings(), host, port)


@app.command()
def explain(
    prediction_id: Annotated[str, typer.Argument(help="From the service's answer.")],
) -> None:
    """Replay a logged prediction exactly and show what it rested on."""
    wiring.explain(_settings(), prediction_id)


def _settings() -> Settings:
    settings = load_settings()
    wiring.check_options(settings)
    return settings


def main() -> None:
    """Run the command line."""
    for name, command in wiring.COMMANDS.items():
        app.command(name)(command)
    try:
        app()
    except StageError as error:
        typer.secho(str(error), fg="red", err=True)
        raise SystemExit(1) from None
