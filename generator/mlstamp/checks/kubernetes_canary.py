"""A canary among people, in a cluster: what it is asked, and what the analysis makes of it.

The recipe, kubectl, the service, its metrics and Prometheus are real, and what goes wrong goes
wrong; the API of the cluster and the controller of Argo Rollouts are stand-ins.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

from ..cluster import cluster
from ..cluster.analysis import Phase, measured
from ..cluster.discovery import ARGO_ROLLOUTS, WATCHERS
from ..cluster.rollouts import Analysis
from ..http import get, post
from ..loop.watchers import PROMETHEUS
from . import released
from .analysis import prometheus
from .base import NotVerified, Subject
from .container import answered, half_asked
from .dashboards import CANARY
from .kubernetes import KubernetesCheck
from .kubernetes_delivery import Delivery
from .monitoring_stack import needs
from .reliability import configured, wait_until
from .runtime import replay

MANY, FEW = 120, 20  # requests: more than the analysis asks for, and fewer
PLACES = 4  # that the service has: who comes when they are taken is sent away
HELD_BACK = 0.4  # seconds until the second half of a request that takes too long
LATE = 3 * PLACES  # of many
SCRAPES = 3  # before and after, for a rate to be seen
ENVIRONMENT = "staging"


class Canaries(KubernetesCheck):
    """Of the canaries that pass the probe, one that then breaks its promises is taken away."""

    id = "kubernetes.canary"
    requires = ("runtime.lifecycle", "kubernetes.builds")
    capability = "monitoring"
    only_for = ("everything",)

    def run(self, subject: Subject) -> None:
        """A canary that is slow or failing among people stays, or a good one is taken away."""
        if not released.SCRIPTS_RUN:
            raise NotVerified("programs that are played by scripts")
        needs(PROMETHEUS)
        with (
            cluster(ARGO_ROLLOUTS, *WATCHERS) as made,
            crowded(subject) as url,
            watched(subject, url) as people,
        ):
            made.analyst = people.analyse
            rehearse(Delivery(subject, made, ENVIRONMENT), people)


def rehearse(delivery: Delivery, people: People) -> None:
    """Deploy canaries that pass the probe, and expect after each what has to answer."""
    secrets = dict.fromkeys(("alerts", "github", "token", "url"), "")
    delivery.cluster.secrets[f"{delivery.namespace}/log"] = secrets
    place = urlsplit(people.service)
    address = (str(place.hostname), int(place.port or 0))
    first, *bad, last = (delivery.release(letter, address) for letter in "abcde")
    delivery.done("deploy", first, probes=1)
    for canary, (people.behave, reason) in zip(bad, FAULTS, strict=True):
        delivery.refused_for(reason, canary)
        delivery.expect_stable(first)
    people.behave = well
    delivery.done("deploy", last, probes=2)


@dataclass
class People:
    """Those who ask a canary while it is analysed, and the Prometheus that sees how that goes."""

    service: str
    prometheus: str
    targets: Path  # of Prometheus
    templates: dict[str, dict[str, Any]]  # by name
    rows: list[dict[str, Any]]
    behave: Callable[[People], None] = field(default=lambda _: None)

    def analyse(self, asked: Analysis) -> Mapping[str, Phase]:
        """Let people ask a canary, and return what the analysis then finds."""
        labels = {"namespace": asked.namespace, "rollouts_pod_template_hash": asked.canary}
        target = {"targets": [urlsplit(self.service).netloc], "labels": labels}
        self.targets.write_text(json.dumps([target]), encoding="utf-8")
        self._scraped(asked.canary, SCRAPES)
        self.behave(self)
        self._scraped(asked.canary, self._scrapes(asked.canary) + SCRAPES)
        template = self.templates[asked.template]
        return measured(template, {**asked.arguments, "prometheus": self.prometheus})

    def ask(self, times: int) -> None:
        """Ask for a prediction so many times, one after the other."""
        for _ in range(times):
            post(f"{self.service}/v1/predict", {"rows": self.rows[:1]})
            time.sleep(0.01)

    def hold(self) -> Iterator[bool]:
        """Yield once half of a request is sent; send the rest when asked to go on."""
        body = json.dumps({"rows": self.rows[:1]}).encode()
        half = len(body) // 2
        with closing(half_asked(self.service, body[:half], len(body))) as waiting:
            yield True
            answered(waiting, body[half:])

    def late(self, _: int) -> None:
        """Ask for a prediction, and take longer over it than is promised."""
        for _ in self.hold():
            time.sleep(HELD_BACK)

    def _scraped(self, canary: str, times: int) -> None:
        seen = f"{canary} is not scraped"
        wait_until(lambda: self._scrapes(canary) >= times, seen)

    def _scrapes(self, canary: str) -> int:
        query = f'count_over_time(up{{rollouts_pod_template_hash="{canary}"}}[5m])'
        found = get(f"{self.prometheus}/api/v1/query?query={quote(query)}").json()
        return int(sum(float(one["value"][1]) for one in found["data"]["result"]))


def well(people: People) -> None:
    """Ask for many predictions, which are given."""
    people.ask(MANY)


def slowly(people: People) -> None:
    """Ask for many predictions, of which some take too long."""
    with ThreadPoolExecutor(PLACES - 1) as pool:
        list(pool.map(people.late, range(LATE)))
    people.ask(MANY)


def in_vain(people: People) -> None:
    """Ask for many predictions while every place of the service is taken."""
    held = [people.hold() for _ in range(PLACES)]
    for one in held:
        next(one)
    people.ask(MANY)
    for one in held:
        next(one, False)


def hardly(people: People) -> None:
    """Ask for a few predictions, from which nobody can tell."""
    people.ask(FEW)


FAULTS: tuple[tuple[Callable[[People], None], str], ...] = (
    (slowly, 'Metric "slow" assessed Failed'),
    (in_vain, 'Metric "errors" assessed Failed'),
    (hardly, "too few requests to tell"),
)


@contextmanager
def crowded(subject: Subject) -> Iterator[str]:
    """Yield the address of a service with few places."""
    with configured(subject.project, SERVING__MAX_REQUESTS=str(PLACES)).serve() as url:
        yield url


@contextmanager
def watched(subject: Subject, service: str) -> Iterator[People]:
    """Yield people who ask a service, with a Prometheus that is told what to scrape."""
    folder = subject.work / "canary"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    job = {"job_name": "app", "file_sd_configs": [{"files": ["targets.json"]}]}
    config = {"global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"}}
    content = yaml.safe_dump({**config, "scrape_configs": [job]})
    (folder / "prometheus.yml").write_text(content, encoding="utf-8")
    template = yaml.safe_load(subject.text(CANARY))
    templates = {template["metadata"]["name"]: template}
    here = replace(subject.project, root=folder)
    with prometheus(here, "--storage.tsdb.path=data") as url:
        yield People(service, url, folder / "targets.json", templates, replay(subject)["rows"])
