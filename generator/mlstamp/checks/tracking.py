"""The MLflow of compose.yaml: made from its lock, confined, with PostgreSQL behind it."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import yaml

from ..http import get
from ..postgres import Postgres, postgres, programs
from ..project import Project
from .base import Check, NotVerified, Subject, expect
from .ci_run import fresh_copy
from .compose import client, down, taken
from .container import build, docker, health
from .monitoring_stack import PASSWORDS, secrets_of_a_test

PORT = 5000  # of the file
URL = f"http://127.0.0.1:{PORT}"
PATIENCE = 120.0  # it makes its tables first
ARTIFACT, ON_THE_SERVER = "contract.json", "mlflow-artifacts:/"


class Tracking(Check):
    """MLflow's image takes a training run, confined as compose.yaml says, into PostgreSQL."""

    id = "stack.tracking"
    requires = ("container.image",)
    capability = "container"
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """MLflow does not come up, answers to any name, or does not keep what is trained."""
        if (installed := programs()) is None:
            raise NotVerified("postgresql")
        if taken(PORT):
            raise NotVerified(f"port {PORT} is taken by another program")
        compose = client()
        docker(subject, "tag", build(subject, "mlflow"), f"{subject.project.name}-mlflow:dev")
        with postgres(installed) as database, served(subject, database, compose):
            said = status_for("attacker.example", "/ajax-api/2.0/mlflow/experiments/search")
            expect(said == 403, f"it answers {said} to a page that calls itself its host")
            trained = train(subject)
            expect_kept(trained.name)


@contextmanager
def served(subject: Subject, database: Postgres, compose: tuple[str, ...]) -> Iterator[None]:
    """Bring up MLflow alone, once it is healthy; it is gone afterwards, with its volume."""
    database.ask(f"CREATE ROLE mlflow LOGIN PASSWORD '{PASSWORDS['POSTGRES_PASSWORD']}'")
    database.ask("CREATE DATABASE mlflow OWNER mlflow")
    file = subject.work / "mlflow.yaml"
    file.write_text(yaml.safe_dump(alone(subject, database.port)), encoding="utf-8")
    own = {**secrets_of_a_test(subject), "COMPOSE_PROJECT_NAME": "mlstamp-mlflow"}
    project = replace(subject.project, environment={**subject.project.environment, **own})
    words = (*compose, "--file", str(file))
    try:
        project.must(*words, "up", "--detach", "mlflow")
        name = project.must(*words, "ps", "--quiet", "mlflow").stdout.strip()
        expect_healthy(subject, name)
        yield
    finally:
        down(project, words)


def alone(subject: Subject, port: int) -> dict[str, Any]:
    """Return the service as it is written, but for where its database is: on this machine."""
    written = yaml.safe_load(subject.text("compose.yaml"))["services"]["mlflow"]
    apart = {"build", "depends_on", "ports"}
    service = {key: value for key, value in written.items() if key not in apart}
    service["command"] = [*written["command"], "--host=127.0.0.1"]
    service["environment"] = {**written["environment"], "PGPORT": str(port)}
    here = {"network_mode": "host", "extra_hosts": ["postgres:127.0.0.1"]}
    return {"services": {"mlflow": service | here}, "volumes": {"artifacts": {}}}


def expect_healthy(subject: Subject, name: str) -> None:
    """Fail unless the container is healthy in time."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and health(subject, name) != "healthy":
        time.sleep(0.5)
    found = health(subject, name)
    expect(found == "healthy", f"{found}: {docker(subject, 'logs', '--tail', '5', name)}")


def status_for(host: str, path: str) -> int:
    """Return the status of a request that calls the server by this name."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


def train(subject: Subject) -> Project:
    """Train in a copy, with the packages that are there, and say where the run goes."""
    own = {
        "UV_PROJECT_ENVIRONMENT": str(subject.environment),
        "UV_NO_SYNC": "1",
        f"{subject.project.package.upper()}_TRAINING__TRACKING_URI": URL,
    }
    copy = fresh_copy(subject)
    copy = replace(copy, environment={**copy.environment, **own})
    copy.cli("train")
    return copy


def expect_kept(model: str) -> None:
    """Fail unless the server has the run, its version as challenger, and what belongs to it."""
    api = f"{URL}/api/2.0"
    asked = get(f"{api}/mlflow/registered-models/get?name={model}").json() or {}
    known = asked.get("registered_model", {})
    aliases = [one["alias"] for one in known.get("aliases", [])]
    expect(aliases == ["challenger"], f"the aliases of {model} are {aliases}")
    run = known["latest_versions"][0]["run_id"]
    info = get(f"{api}/mlflow/runs/get?run_id={run}").json()["run"]["info"]
    expect(info["status"] == "FINISHED", f"the run is {info['status']}")
    place = str(info["artifact_uri"])
    expect(place.startswith(ON_THE_SERVER), f"artifacts are not on the server but at {place}")
    inside = place.removeprefix(ON_THE_SERVER)
    kept = get(f"{api}/mlflow-artifacts/artifacts/{inside}/{ARTIFACT}")
    expect(kept.status == 200, f"{ARTIFACT} is not there: {kept.status}")
