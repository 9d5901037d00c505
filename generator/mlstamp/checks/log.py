"""The prediction log in a real PostgreSQL: what the service promises of it holds there too."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ..errors import StepFailed
from ..http import get, post
from ..postgres import PASSWORD, Postgres, postgres, programs
from ..project import Project, Service, free_port
from .base import Check, NotVerified, Subject, expect
from .reliability import configured, dropped, under_load, wait_until
from .runtime import replay

DRIVER = "psycopg[binary]"
SHARED = "of-a-test"  # by the service and who brings labels
AWAY_SECONDS = 5.0  # that the database is
SEEN = "2026-01-01T00:00:00Z"
# A monitor that leaves the job to us, and a controller whose backend can start nothing.
MONITOR = {
    "OPTIONS__DRIFT__EVERY_SECONDS": "0",
    "OPTIONS__RETRAINING__BACKEND": "github",
    "OPTIONS__RETRAINING__MIN_LABELS": "1",
}
WISH = {
    "version": "4",
    "groupKey": "{}",
    "alerts": [{"status": "firing", "labels": {"action": "retrain"}, "startsAt": SEEN}],
}
EXAMPLES = "from {} import wiring; print(len(wiring.sockets.more(wiring.configure())))"
# Nobody can make a table meanwhile.
HELD = "BEGIN; LOCK TABLE pg_class IN SHARE MODE; SELECT pg_sleep(8); COMMIT"
AGE = "UPDATE predictions SET occurred_at = occurred_at - interval '400 days' WHERE id = '{}'"
LEFT = (
    "SELECT count(*) FROM predictions WHERE id = '{}'",
    "SELECT count(*) FROM labels WHERE prediction_id = '{}'",
)


class PostgreSQL(Check):
    """In PostgreSQL, too: log, label, explain, forget, learn, see drift; and lose no answer."""

    id = "log.postgresql"
    requires = ("runtime.serving",)
    capability = "monitoring"
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """Something that works with a file does not with PostgreSQL, or an answer is lost."""
        found = programs()
        if found is None:
            raise NotVerified("postgresql")
        with postgres(found) as server:
            project = with_driver(subject, server)
            migrated_at_once(project, server)
            with project.serving() as service:
                ids = answers(subject, service)
                wait_until(lambda: rows(server) == len(ids), "predictions are not logged")
                labelled(project, subject, server, service, ids)
                project.cli("explain", ids[0])
                taken_away(project, server, ids)
                survives(subject, server, service, ids[0])
                if subject.answers.get("retraining"):
                    loop(project, subject, server)
                said = service.log.read_text(encoding="utf-8", errors="replace")
        expect(PASSWORD not in said, "the password of the database is in the log of the service")


def with_driver(subject: Subject, server: Postgres) -> Project:
    """Return the project with a driver, and a log in this server."""
    token = subject.work / "token"
    token.write_text(SHARED, encoding="utf-8")
    project = configured(
        subject.project,
        OPTIONS__MONITORING__LOG_URL=server.url,
        OPTIONS__MONITORING__TOKEN_FILE=str(token),
    )
    project = replace(project, launcher=(*project.launcher, "--with", DRIVER))
    try:
        project.must(*project.launcher, "python", "-c", "import psycopg")
    except StepFailed:
        raise NotVerified("psycopg") from None
    return project


def migrated_at_once(project: Project, server: Postgres) -> None:
    """Expect that of two who migrate an empty database one waits for the other."""
    with ThreadPoolExecutor(3) as all_:
        held = all_.submit(server.ask, HELD)  # until both have seen that there is nothing yet
        for done in [all_.submit(project.cli, "migrate") for _ in range(2)]:
            done.result()
        held.result()
    expect(server.ask("SELECT count(*) FROM prediction_log_version") == "1", "no revision is there")


def answers(subject: Subject, service: Service) -> list[str]:
    """Return the ids of predictions."""
    body = {"rows": replay(subject)["rows"][:5]}
    found = post(f"{service.url}/v1/predict", body).json()["predictions"]
    return [str(one["id"]) for one in found]


def labelled(
    project: Project, subject: Subject, server: Postgres, service: Service, ids: list[str]
) -> None:
    """Expect that labels are taken over HTTP and from a file, and that each counts once."""
    url, body = f"{service.url}/v1/labels", labels(ids[:2])
    expect(post(url, body).status == 401, "labels are taken from anybody")
    for new in (2, 0):
        answer = post(url, body, token=SHARED)
        expect(answer.json() == {"received": 2, "new": new}, f"labels: {answer.body!r}")
    path = subject.work / "labels.csv"
    lines = ["prediction_id,label,observed_at", *(f"{one},1,{SEEN}" for one in ids)]
    path.write_text("\n".join(lines), encoding="utf-8")
    project.cli("label", str(path))
    kept = int(server.ask("SELECT count(*) FROM labels"))
    expect(kept == 2 + len(ids), f"{kept} labels instead of {2 + len(ids)}")


def labels(ids: list[str]) -> dict[str, object]:
    """Return a request that labels predictions."""
    facts = {"label": True, "observed_at": SEEN, "source": "http"}
    return {"labels": [{"prediction_id": one, **facts} for one in ids]}


def taken_away(project: Project, server: Postgres, ids: list[str]) -> None:
    """Expect that what is too old is pruned, and that what is forgotten is gone."""
    server.ask(AGE.format(ids[-1]))
    project.cli("prune")
    project.cli("forget", ids[-2])
    for one in ids[-2:]:
        left = [server.ask(question.format(one)) for question in LEFT]
        expect(left == ["0", "0"], f"of {one} are left {left} rows")
        done = project.run(*project.launcher, project.name, "explain", one)
        expect(done.code == 1 and "There is no prediction" in done.tail(), f"it says {done.tail()}")
        expect(PASSWORD not in done.tail(), "the password of the database is shown")


def survives(subject: Subject, server: Postgres, service: Service, labelled: str) -> None:
    """Expect that without the database all is answered, counted, and later logged again."""
    with under_load(service, subject) as load:
        lost = dropped(service)
        with away(server):
            wait_until(lambda: dropped(service) > lost, "lost predictions are not counted")
            time.sleep(AWAY_SECONDS)
            answer = post(f"{service.url}/v1/labels", labels([labelled]), token=SHARED)
            expect(answer.status == 503, f"a label that cannot be kept got {answer.status}")
            expect(answer.headers.get("Retry-After"), "nobody is told to send the label again")
            expect(get(f"{service.url}/ready").status == 200, "it is not ready any more")
        before = rows(server)
        wait_until(lambda: rows(server) > before, "the log does not recover")
    expect(set(load.outcomes) == {"200"}, f"under load: {json.dumps(load.outcomes)}")
    expect(
        post(f"{service.url}/v1/labels", labels([labelled]), token=SHARED).status == 200, "labels"
    )


def loop(project: Project, subject: Subject, server: Postgres) -> None:
    """Expect that every label is found, and that controller, drift job and monitor work."""
    project = configured(project, OPTIONS__DRIFT__PAGE=str(subject.work / "drift.html"), **MONITOR)
    found = project.must(*project.launcher, "python", "-c", EXAMPLES.format(project.package)).stdout
    kept = server.ask("SELECT count(DISTINCT prediction_id) FROM labels")
    expect(found.strip() == kept, f"{found.strip()} examples of {kept} labelled predictions")
    url = f"http://127.0.0.1:{free_port()}"
    words = (project.name, "monitor", "--port", url.rpartition(":")[2])
    with project.daemon(*project.launcher, *words, ready=f"{url}/live"):
        status = post(f"{url}/alerts", WISH, token=SHARED).status
        project.cli("drift")
        scrape = get(f"{url}/metrics").body.decode()
    ended = server.ask("SELECT result FROM retrain_requests")
    expect((status, ended) == (503, "failed"), f"a wish got {status}, written down as {ended}")
    for told in ('result="failed",trigger="alert"} 1.0', 'ml_drift_score{feature="score"'):
        expect(told in scrape, f"the monitor does not tell {told}")


@contextlib.contextmanager
def away(server: Postgres) -> Iterator[None]:
    """Kill the database, and start it again afterwards."""
    server.kill()
    try:
        yield
    finally:
        server.start()


def rows(server: Postgres) -> int:
    """Return how many predictions are logged."""
    return int(server.ask("SELECT count(*) FROM predictions"))
