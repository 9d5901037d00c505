"""What watches a project comes and goes with what there is to be watched."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from mlstamp.checks.alertmanager import CAUSES
from mlstamp.checks.alerts import ASKS
from tests.capabilities.support import text, traces
from tests.conftest import Rendered
from tests.support import files

OPERATIONS = ("deploy/", "docs/", ".github/", "compose.yaml", "justfile", "Dockerfile", "Jenkins")
OFF = {
    "retraining": r"retrain",
    "drift": r"drift|\bmonitor\b(?!/)|9108|[:/]/log\b|PROJECT_USER",
    "rollout": r"canary_failures|MLCanaryWorse|MLBundleRefused",
}
NEEDED_BY = {"retraining": (), "drift": ("retraining",), "rollout": ("retraining", "drift")}
READ_ONLY_BY_NOBODY = (  # nothing that is run
    *(".gitignore", "LICENSE", "README.md", "SECURITY.md", "data", "docs", "ml_test_score.yaml"),
    "renovate.json",
)
ASKING = {"MLDriftDetected", "MLQualityRegressed", "MLModelStale"}


@pytest.mark.parametrize("ci", ["github", "gitlab", "jenkins"])
@pytest.mark.parametrize("deploy", ["kubernetes", "service"])
@pytest.mark.parametrize("name", OFF)
def test_what_is_off_leaves_no_trace_in_what_runs_the_project(
    rendered: Rendered, name: str, deploy: str, ci: str
) -> None:
    off = dict.fromkeys((name, *NEEDED_BY[name]), False)
    project = rendered(profile="everything", deploy=deploy, ci=ci, **off)
    found = traces(project, OFF[name])
    assert [path for path in found if path.startswith((*OPERATIONS, ".gitlab"))] == []


@pytest.mark.parametrize("ci", ["github", "gitlab", "jenkins", "none"])
def test_the_monitor_cannot_change_what_is_run_from_the_folder(rendered: Rendered, ci: str) -> None:
    for asked in ({"cloud": "aws", "deploy": "service"}, {"cloud": "none", "pre_commit": False}):
        project = rendered(profile="everything", ci=ci, **asked)
        mounts = yaml.safe_load(text(project / "compose.yaml"))["services"]["monitor"]["volumes"]
        fixed = {path.removesuffix(":ro").partition(":")[0] for path in mounts if ":ro" in path}
        there = {f"./{path.name}" for path in project.iterdir()}
        made = {
            "./.git",
            "./.venv",
            "./uv.lock",
            "./.copier-answers.yml",
        }  # of what is not yet there
        assert there - fixed == {f"./{name}" for name in READ_ONLY_BY_NOBODY} & there
        assert fixed <= there | made


@pytest.mark.parametrize("retraining", [True, False])
def test_only_a_project_that_trains_again_has_alerts_that_ask_for_it(
    rendered: Rendered, retraining: bool
) -> None:
    project = rendered(retraining=retraining)
    asking = {
        rule["alert"]
        for path in (project / "deploy/monitoring/rules").glob("*.yml")
        for group in yaml.safe_load(text(path))["groups"]
        for rule in group["rules"]
        if rule.get("labels", {}).get("action") == ASKS
    }
    assert asking == (ASKING if retraining else set())


def test_a_bug_in_the_data_is_known_before_anything_asks_for_another_model(
    rendered: Rendered,
) -> None:
    rules = {
        rule["alert"]: rule
        for path in (rendered() / "deploy/monitoring/rules").glob("*.yml")
        for group in yaml.safe_load(text(path))["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    causes = [minutes(rules[name]["for"]) for name in CAUSES]
    assert all(minutes(rules[name]["for"]) > max(causes) for name in ASKING)


def minutes(duration: str) -> int:
    """Return a duration of Prometheus in minutes."""
    return int(duration[:-1]) * {"m": 1, "h": 60, "d": 1440}[duration[-1]]


def test_compose_gives_service_and_monitor_the_same_log_and_the_same_user(
    rendered: Rendered,
) -> None:
    services = compose(rendered())["services"]
    service, monitor = services["service"], services["monitor"]
    log = "CHURN_OPTIONS__MONITORING__LOG_URL"
    assert service["user"] == monitor["user"]
    assert service["environment"][log] == monitor["environment"][log]
    assert "log:/log" in service["volumes"]
    assert "log:/log" in monitor["volumes"]


def test_the_monitor_cannot_change_what_runs(rendered: Rendered) -> None:
    volumes = compose(rendered())["services"]["monitor"]["volumes"]
    assert {f"./{name}:/project/{name}:ro" for name in (".git", "config", "src")} <= set(volumes)


def test_the_token_is_asked_for_wherever_labels_are_taken(rendered: Rendered) -> None:
    for answers in ({}, {"drift": False, "retraining": False}):
        stack = compose(rendered(**answers))
        assert stack["secrets"]["token"]["file"].startswith("${TOKEN_FILE:?")
        assert stack["services"]["service"]["secrets"] == ["token"]
    assert "secrets" not in compose(rendered(monitoring=False, drift=False, retraining=False))


def test_a_release_brings_the_verdict_that_the_monitor_compares_with(rendered: Rendered) -> None:
    project = rendered()
    assert "COPY reports/${BUNDLE}/evaluation.json" in text(project / "Dockerfile")
    assert "!reports" in text(project / ".dockerignore").splitlines()


def test_a_dashboard_has_its_code_and_code_its_dashboard(rendered: Rendered) -> None:
    for answers in ({}, {"retraining": False}, {"drift": False, "retraining": False}):
        names = files(rendered(**answers) / "deploy/monitoring/grafana")
        made = {name[11:-5] for name in names if name.startswith("dashboards/")}
        assert made == {name[7:-3] for name in names if name.startswith("source/")}
        assert "service" in made


def compose(project: Any) -> dict[str, Any]:
    """Return compose.yaml."""
    loaded: dict[str, Any] = yaml.safe_load(text(project / "compose.yaml"))
    return loaded
