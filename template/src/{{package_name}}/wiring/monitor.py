"""A process beside the service looks for drift, and tells what was found."""

from typing import Annotated

import typer

from . import configure, option, sockets


def monitor(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to listen on.")] = None,
) -> None:
    """Run the drift job on a schedule, and publish its findings as Prometheus metrics."""
    from ..monitoring.database import connect
    from ..monitoring.drift.monitor import create_monitor, run
    from ..serving import check_free

    settings = configure()
    options = option(settings, "drift")
    place = host or options.host, options.port if port is None else port
    check_free(*place)
    engine = connect(option(settings, "monitoring").log_url)
    app = create_monitor(engine, options.every_seconds)
    for attach in sockets.monitor:
        attach(settings, app)
    run(app, *place)


sockets.commands.append(monitor)
