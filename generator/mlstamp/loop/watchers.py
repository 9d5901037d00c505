"""Prometheus and Alertmanager with a project's own files, in a hurry and on this machine alone."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from ..http import get
from ..project import Project, free_port

PROMETHEUS, ALERTMANAGER = "prometheus", "prometheus-alertmanager"
FOLDER = Path("deploy/monitoring")
HOLDS = re.compile(r"\bfor: \w+")
LOOKS_BACK = re.compile(r"\[15m\]")
BEFORE = re.compile(r"offset 15m")


def missing() -> str:
    """Return the name of a program that is not here, or nothing."""
    return next((name for name in (PROMETHEUS, ALERTMANAGER) if not shutil.which(name)), "")


@dataclass(frozen=True)
class Watchers:
    """Where the two of them answer."""

    prometheus: str
    alertmanager: str

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        found = (get(f"{self.prometheus}/api/v1/alerts").json() or {}).get("data", {})
        alerts = found.get("alerts", [])
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

    def value(self, expression: str) -> float | None:
        """Return what an expression of one result comes to, None for no result."""
        found = get(f"{self.prometheus}/api/v1/query?query={expression}").json()
        results = found["data"]["result"]
        return float(results[0]["value"][1]) if results else None

    def scraped(self) -> set[str]:
        """Return the series that the scrapes announce, whether or not one has a value yet."""
        found = get(f"{self.prometheus}/api/v1/metadata").json()["data"]
        kinds = {name: one[0]["type"] for name, one in found.items()}
        return {part for name, kind in kinds.items() for part in series(name, kind)}


def series(name: str, kind: str) -> set[str]:
    """Return the names under which Prometheus keeps a metric of this kind."""
    parts = ("bucket", "sum", "count") if kind == "histogram" else ()
    return {f"{name}_{part}" for part in parts} or {name}


@contextlib.contextmanager
def watching(
    project: Project, folder: Path, targets: dict[str, str], token_file: Path
) -> Iterator[Watchers]:
    """Run both on the project's rules and routes; `targets` says where each job answers."""
    folder.mkdir(parents=True, exist_ok=True)
    here = replace(project, root=folder)
    ports = {name: free_port() for name in (PROMETHEUS, ALERTMANAGER)}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    source = project.root / FOLDER
    _write(folder / "alertmanager.yml", routes(source, targets["monitor"], token_file))
    _write(folder / "prometheus.yml", scrapes(source, targets, f"127.0.0.1:{ports[ALERTMANAGER]}"))
    for path in sorted((source / "rules").glob("*.yml")):
        (folder / "rules").mkdir(exist_ok=True)
        (folder / "rules" / path.name).write_text(hurried(path.read_text("utf-8")), "utf-8")
    commands = {
        PROMETHEUS: ("--config.file=prometheus.yml", "--storage.tsdb.path=prometheus"),
        ALERTMANAGER: (
            *("--config.file=alertmanager.yml", "--storage.path=alertmanager"),
            "--cluster.listen-address=",
        ),
    }
    with contextlib.ExitStack() as stack:
        for name, words in commands.items():
            listen = f"--web.listen-address=127.0.0.1:{ports[name]}"
            ready = f"{urls[name]}/-/ready"
            stack.enter_context(here.daemon(name, *words, listen, ready=ready))
        yield Watchers(urls[PROMETHEUS], urls[ALERTMANAGER])


def hurried(rules: str) -> str:
    """Return rules that look back for seconds where they look back for minutes."""
    return BEFORE.sub("offset 15s", LOOKS_BACK.sub("[15s]", HOLDS.sub("for: 1s", rules)))


def scrapes(source: Path, targets: dict[str, str], alertmanager: str) -> dict[str, Any]:
    """Return the project's configuration of Prometheus with these addresses, every second."""
    found: dict[str, Any] = yaml.safe_load((source / "prometheus.yml").read_text("utf-8"))
    found["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    for job in found["scrape_configs"]:
        job.pop("scrape_interval", None)
        job["static_configs"] = [{"targets": [targets[job["job_name"]]]}]
    found["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager]}]}]
    return found


def routes(source: Path, monitor: str, token_file: Path) -> dict[str, Any]:
    """Return the project's configuration of Alertmanager for this monitor, every second."""
    found: dict[str, Any] = yaml.safe_load((source / "alertmanager.yml").read_text("utf-8"))
    found["route"] |= {"group_wait": "1s", "group_interval": "1s", "repeat_interval": "5s"}
    for receiver in found["receivers"]:
        for webhook in receiver.get("webhook_configs", []):
            webhook["url"] = f"http://{monitor}/alerts"
            webhook["http_config"]["authorization"]["credentials_file"] = str(token_file)
    return found


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content), "utf-8")
