"""Alertmanager really runs: a wish for another model gets through, and not while data are bad."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from ..api import Reply, Request, answering_with
from ..http import get, post
from ..loop.watchers import ALERTMANAGER, FOLDER, routes
from ..project import free_port
from ..stand_in import serving
from .alerts import ASKS
from .base import Subject, expect
from .monitoring_stack import Stack, needs
from .reliability import wait_until

SHARED = "of-a-test"  # by Alertmanager and the server
CAUSES = ("MLInputViolation", "MLColumnMissing", "MLSkew")
FAST = {"group_wait": "100ms", "group_interval": "500ms"}
Call = tuple[str, list[dict[str, str]]]  # what was shown to the webhook: a token, and the alerts


class Inhibited(Stack):
    """A wish for another model reaches the webhook with its token, but not while data are bad."""

    id = "stack.inhibition"
    capability = "retraining"

    def run(self, subject: Subject) -> None:
        """A wish for another model gets lost, or a bug in the data trains one."""
        needs(ALERTMANAGER)
        calls: list[Call] = []
        with webhook(calls) as hook, alertmanager(subject, hook) as url:
            for cause in CAUSES:
                tell(url, cause, namespace=cause, job="service")
            for namespace in ("sound", *CAUSES):
                tell(url, "MLDriftDetected", namespace=namespace, job="monitor", action=ASKS)
            wait_until(lambda: "sound" in heard(calls), "the webhook is not called")
            expect(all(token == f"Bearer {SHARED}" for token, _ in calls), "it gets another token")
            expect(receivers(url, "sound") == {"retraining", "team"}, "the team is not told")
            for cause in CAUSES:
                expect(is_suppressed(url, cause), f"{cause} does not hold back MLDriftDetected")
            expect(heard(calls) == {"sound"}, f"the webhook heard of {heard(calls)}")
            for cause in CAUSES:
                tell(url, cause, over=True, namespace=cause, job="service")
            wait_until(lambda: heard(calls) >= set(CAUSES), "it stays silent when data are good")


def heard(calls: list[Call]) -> set[str]:
    """Return the namespaces that the webhook was told of."""
    return {alert["namespace"] for _, alerts in calls for alert in alerts}


def tell(url: str, name: str, *, over: bool = False, **labels: str) -> None:
    """Say that an alert fires, or no longer does."""
    now = datetime.now(UTC)
    ends = now if over else now + timedelta(hours=1)
    alert = {
        "labels": {"alertname": name, **labels},
        "startsAt": (now - timedelta(minutes=1)).isoformat(),
        "endsAt": ends.isoformat(),
    }
    answer = post(f"{url}/api/v2/alerts", [alert])
    expect(answer.status == 200, f"Alertmanager answers {answer.status} to {name}")


def receivers(url: str, namespace: str) -> set[str]:
    """Return who is told of the wish for another model in a namespace."""
    return {one["name"] for one in wish(url, namespace)["receivers"]}


def is_suppressed(url: str, namespace: str) -> bool:
    """Tell whether the wish for another model is held back by another alert."""
    status = wish(url, namespace)["status"]
    return status["state"] == "suppressed" and bool(status["inhibitedBy"])


def wish(url: str, namespace: str) -> dict[str, Any]:
    """Return what Alertmanager knows of the alert that asks for another model."""
    known: list[dict[str, Any]] = get(f"{url}/api/v2/alerts").json()
    labels = {"action": ASKS, "namespace": namespace}.items()
    return next(one for one in known if labels <= one["labels"].items())


@contextlib.contextmanager
def alertmanager(subject: Subject, hook: str) -> Iterator[str]:
    """Yield the address of an Alertmanager with the project's routes, made quick."""
    folder = subject.work / "alertmanager"
    shutil.rmtree(folder, ignore_errors=True)  # it remembers what it told whom
    folder.mkdir(parents=True)
    token, url = folder / "token", f"http://127.0.0.1:{free_port()}"
    token.write_text(SHARED, encoding="utf-8")
    config = quick(subject.root / FOLDER, hook, token)
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    here = replace(subject.project, root=folder)
    words = ("--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address=")
    listen = f"--web.listen-address={url.removeprefix('http://')}"
    with here.daemon(ALERTMANAGER, *words, listen, ready=f"{url}/-/ready"):
        yield url


def quick(source: Path, hook: str, token: Path) -> dict[str, Any]:
    """Return the project's configuration with hardly a wait, and its webhook here."""
    config = routes(source, hook, token)
    config["route"] |= FAST
    return config


@contextlib.contextmanager
def webhook(calls: list[Call]) -> Iterator[str]:
    """Yield where a server listens that notes what it is told."""

    def note(asked: Request) -> Reply:
        labels = [alert["labels"] for alert in asked.json()["alerts"]]
        calls.append((asked.authorization, labels))
        return Reply()

    with serving(answering_with(note)) as url:
        yield url.removeprefix("http://")
