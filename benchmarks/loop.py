"""The closed loop: its seconds, and what callers and the log lose on the way round: nothing."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from batch import stamped
from tables import write

from mlstamp.checks.log import AWAY_SECONDS, DRIVER, away, rows
from mlstamp.checks.reliability import configured, dropped, wait_until
from mlstamp.load import Load
from mlstamp.loop import BREAKS_SECONDS, Figures, close
from mlstamp.postgres import Postgres, postgres, programs
from mlstamp.project import Project, Service

ROUNDS, CONNECTIONS = 3, 4
Pick = Callable[[Figures], float]
SECONDS: dict[str, Pick] = {
    "from the first drifted request to the alert": lambda found: found.alert,
    "from the mended inputs to the new champion's answers": lambda found: found.champion,
    "from the first drifted request to the new champion's answers": lambda found: found.closed,
    "from `rollback` to the previous champion's answers": lambda found: found.rollback,
}


def main() -> None:
    """Go round the loop a few times, then take the database away from a service."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        project = stamped(folder)
        rounds = [close(project, folder / "loop", print) for _ in range(ROUNDS)]
        write("The closed loop", ["what", f"median of {ROUNDS}", "longest"], went_round(rounds))
        write("The log without its database", ["what", "figure"], without_database(project))


def went_round(rounds: list[Figures]) -> list[list[object]]:
    """Return the lines about some rounds."""
    lines: list[list[object]] = []
    for name, pick in SECONDS.items():
        found = [pick(one) for one in rounds]
        lines.append([name, f"{statistics.median(found):.1f} s", f"{max(found):.1f} s"])
    counts = {"requests meanwhile": [one.requests for one in rounds]}
    counts["of them lost, with a promotion and two rollbacks"] = [one.lost for one in rounds]
    for name, each in counts.items():
        lines.append([name, f"{statistics.median(each):,.0f}", f"{max(each):,}"])
    return [*lines, ["inputs stayed broken for", f"{BREAKS_SECONDS:.0f} s", ""]]


def without_database(project: Project) -> list[list[object]]:
    """Return what became of predictions while PostgreSQL was killed and started again."""
    found = programs()
    if found is None:
        raise SystemExit("Install PostgreSQL first.")
    with postgres(found) as server:
        place = configured(project, OPTIONS__MONITORING__LOG_URL=server.url)
        place = replace(place, launcher=(*place.launcher, "--with", DRIVER))
        with place.serving() as service:
            load = _ask(place, service, server)
            lost = dropped(service)
        kept, asked = rows(server), load.outcomes.total()  # it has written all by its end
    answered = load.outcomes["200"]
    return [
        ["seconds without a database", f"{AWAY_SECONDS:.0f}"],
        ["predictions asked for", f"{asked:,}"],
        ["not answered", f"{asked - answered:,}"],
        ["in the log", f"{kept:,}"],
        ["counted as dropped", f"{lost:,.0f}"],
        ["neither logged nor counted", f"{max(0, answered - kept - int(lost)):,}"],
    ]


def _ask(project: Project, service: Service, server: Postgres) -> Load:
    """Ask for predictions before, while and after the database is away."""
    row = json.loads((project.champion() / "replay.json").read_text("utf-8"))["rows"][0]
    body = json.dumps({"rows": [row]}).encode()
    with Load(f"{service.url}/v1/predict", body, CONNECTIONS) as load:
        wait_until(lambda: _logged(server), "nothing is logged")
        with away(server):
            time.sleep(AWAY_SECONDS)
        before = rows(server)
        wait_until(lambda: rows(server) > before, "the log does not recover")
    return load


def _logged(server: Postgres) -> bool:
    """Tell whether there are rows, in tables that the service may still be making."""
    there = server.ask("SELECT count(to_regclass('predictions'))") == "1"
    return there and rows(server) > 0


if __name__ == "__main__":
    main()
