"""MLflow of compose.yaml: made from its lock, confined, with PostgreSQL behind it."""

from __future__ import annotations

import http.client
from dataclasses import replace

from ..findings import Finding
from ..http import get
from ..project import Project
from .base import Check, Subject, expect
from .ci_run import fresh_copy
from .compose import composed
from .images import noted

PORT = 5000  # of the file
URL = f"http://127.0.0.1:{PORT}"
ARTIFACT, ON_THE_SERVER = "contract.json", "mlflow-artifacts:/"


class Tracking(Check):
    """MLflow and PostgreSQL of compose.yaml take a training run, and keep it when they restart."""

    id = "stack.tracking"
    requires = ("container.image",)
    capability = "container"
    only_for = ("default",)
    lasting = False  # registries and Debian may have other images tomorrow

    def run(self, subject: Subject) -> tuple[Finding, ...]:
        """MLflow does not come up, answers to any name, or does not keep what is trained."""
        with composed(subject, PORT, images=("postgres",)) as stack:
            stack.healthy("mlflow")
            said = status_for("attacker.example", "/ajax-api/2.0/mlflow/experiments/search")
            expect(said == 403, f"it answers {said} to a page that calls itself its host")
            trained = train(subject)
            expect_kept(trained.name)
            stack.again("mlflow")
            expect_kept(trained.name)
            return noted(stack.made)


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
