"""Results as SARIF 2.1.0, which code scanning of GitHub and other servers show."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from .findings import Finding, Level
from .render import ANSWERS_FILE
from .report import REFUSED
from .runner import Outcome, Result

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
Json = dict[str, object]


def write(path: Path, results: list[Result]) -> None:
    """Write one run for each repository."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(log(results), indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def log(results: list[Result]) -> Json:
    """Return the log as plain data; a check's id is the id of its rule."""
    names = dict.fromkeys(result.variant for result in results)
    runs = [_run(name, [one for one in results if one.variant == name]) for name in names]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}


def _run(name: str, results: list[Result]) -> Json:
    driver = {"name": "mlstamp", "version": version("mlstamp"), "rules": list(map(_rule, results))}
    unknown = [result for result in results if result.outcome is Outcome.NOT_VERIFIED]
    found = [
        _result(result.check, index, finding)
        for index, result in enumerate(results)
        for finding in _findings(result)
    ]
    notices = [_notice(result) for result in unknown]
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"mlstamp/{name}/"},
        "invocations": [
            {
                "executionSuccessful": all(result.check != REFUSED for result in results),
                "toolExecutionNotifications": notices,
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": found,
    }


def _rule(result: Result) -> Json:
    return {"id": result.check, "shortDescription": {"text": result.title}}


def _findings(result: Result) -> Iterable[Finding]:
    """Return what a check found; one that is red without a place is about the whole."""
    if result.outcome in {Outcome.RED, Outcome.BLOCKED} and not result.findings:
        return (Finding("", result.detail or result.title),)
    return result.findings


def _result(check: str, rule: int, finding: Finding) -> Json:
    place: Json = {"artifactLocation": {"uri": quote(finding.path or ANSWERS_FILE)}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    found: Json = {
        "ruleId": check,
        "ruleIndex": rule,
        "level": str(finding.level),
        "message": {"text": _sentence(finding)},
        "locations": [{"physicalLocation": place}],
    }
    if finding.accepted:
        reason = {"kind": "external", "justification": finding.accepted}
        found["suppressions"] = [reason]
    return found


def _sentence(finding: Finding) -> str:
    return f"{finding.path} {finding.message}".strip().removesuffix(".") + "."


def _notice(result: Result) -> Json:
    text = f"{result.check} was not verified here: {result.detail}"
    return {
        "level": str(Level.WARNING),
        "message": {"text": text},
        "associatedRule": {"id": result.check},
    }
