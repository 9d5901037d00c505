"""What watches the service on one machine finds it: addresses, folders, sources of dashboards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import yaml

from . import rules
from .base import Subject, expect, listing
from .dashboards import CODE, pages
from .monitoring_stack import Stack

PROVISIONING = "/etc/grafana/provisioning"  # where Grafana looks when nobody tells it
SOURCES = f"{CODE}/provisioning/datasources/prometheus.yml"
FILES = f"{CODE}/provisioning/dashboards/files.yml"
READ = (f"{rules.FOLDER}/prometheus.yml", f"{rules.FOLDER}/alertmanager.yml", SOURCES)
_ADDRESS = re.compile(r"(?:http://|targets: \[)([\w.-]+:\d+)")


class Connected(Stack):
    """Prometheus, Alertmanager and Grafana ask what compose.yaml starts, and find their files."""

    id = "stack.connected"

    def run(self, subject: Subject) -> None:
        """A dashboard of `docker compose up` would be empty, or nobody would be told."""
        services = yaml.safe_load(subject.text("compose.yaml"))["services"]
        faults = [*strangers(subject, services), *unseen(subject, services["grafana"])]
        expect(not faults, listing(faults))


def strangers(subject: Subject, services: dict[str, Any]) -> Iterator[str]:
    """Yield the addresses that none of the services has."""
    ports = {
        name: [p.rpartition(":")[2] for p in s.get("ports", [])] for name, s in services.items()
    }
    known = {f"{name}:{port}" for name, found in ports.items() for port in found}
    for name in READ:
        code = "\n".join(line.partition("#")[0] for line in subject.text(name).splitlines())
        yield from (f"{name}: {one}" for one in _ADDRESS.findall(code) if one not in known)


def unseen(subject: Subject, grafana: dict[str, Any]) -> Iterator[str]:
    """Yield what Grafana would not find: a folder, its first page, the source of a panel."""
    mounts = dict(reversed(one.split(":")[:2]) for one in grafana["volumes"])
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    providers = yaml.safe_load(subject.text(FILES))["providers"]
    for place in (PROVISIONING, home, *(one["options"]["path"] for one in providers)):
        if not any(there(subject, mounts, place)):
            yield f"grafana: {place} is not mounted, or empty"
    known = {one["uid"] for one in yaml.safe_load(subject.text(SOURCES))["datasources"]}
    for name, page in pages(subject.root).items():
        strange = sources(json.loads(page)) - known
        yield from (f"{name}: no data source {uid}" for uid in sorted(strange))


def there(subject: Subject, mounts: dict[str, str], place: str) -> Iterator[bool]:
    """Yield whether a path in the container is something of this repository, by each mount."""
    for inside, outside in mounts.items():
        if PurePosixPath(place).is_relative_to(inside):
            path = subject.root / outside / PurePosixPath(place).relative_to(inside)
            yield path.is_file() or (path.is_dir() and any(path.iterdir()))


def sources(part: Any) -> set[str]:
    """Return the data sources that a page asks, wherever they stand in it."""
    if isinstance(part, list):
        return {uid for one in part for uid in sources(one)}
    if not isinstance(part, dict):
        return set()
    own = part.get("datasource")
    here = {own["uid"]} if isinstance(own, dict) and "uid" in own else set()
    return here | sources(list(part.values()))
