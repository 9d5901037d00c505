"""The analysis of a canary, evaluated by a real Prometheus on both sides of each of its bars."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from ..cluster.analysis import Phase, measured
from ..loop.watchers import PROMETHEUS
from ..project import Project, free_port
from .base import Subject, expect, listing
from .dashboards import CANARY
from .kubernetes import KubernetesCheck
from .monitoring_stack import needs

Json = dict[str, Any]
NAMESPACE = "song-prod"
STEP, MINUTES, LATELY = 15, 12, 5  # seconds from scrape to scrape; what there is, what counts


@dataclass(frozen=True)
class Traffic:
    """What a release is asked every five minutes, how that goes, and what has to be found."""

    finds: Mapping[str, Phase] = field(default_factory=dict)  # all else is successful
    asked: float = 200
    errors: float = 0  # their share
    slow: float = 0  # the share that takes longer than is promised
    nonfinite: int = 0
    before: float = 0  # the share of errors until six minutes ago


CASES = {
    "sound": Traffic(),
    "few-errors": Traffic(errors=0.009),
    "few-slow": Traffic(slow=0.045),
    "probed": Traffic(before=1),
    "errors": Traffic({"errors": Phase.FAILED}, errors=0.012),
    "slow": Traffic({"slow": Phase.FAILED}, slow=0.055),
    "no-number": Traffic({"nonfinite": Phase.FAILED}, nonfinite=1),
    "busy-enough": Traffic(asked=105),
    "quiet": Traffic({"requests": Phase.INCONCLUSIVE}, asked=95),
    "silent": Traffic({"requests": Phase.INCONCLUSIVE}, asked=0),
}


class Analysed(KubernetesCheck):
    """A canary goes on when it does well, stops when it does not, waits when nobody can tell."""

    id = "kubernetes.analysis"
    capability = "monitoring"

    def run(self, subject: Subject) -> None:
        """The analysis lets a canary go on that breaks a promise, or stops one that keeps them."""
        needs(PROMETHEUS)
        needs("promtool")
        template = yaml.safe_load(subject.text(CANARY))
        now = int(time.time()) // STEP * STEP
        with recorded(subject, history(now)) as url:
            faults = [fault for name in CASES for fault in amiss(template, url, name, now)]
        expect(not faults, listing(faults))


def amiss(template: Json, url: str, name: str, now: float) -> Iterator[str]:
    """Yield each metric that does not find what it should in a case."""
    given = {"prometheus": url, "namespace": NAMESPACE, "canary": name}
    found = measured(template, given, now)
    wanted = {**dict.fromkeys(found, Phase.SUCCESSFUL), **CASES[name].finds}
    for one in wanted:
        if (phase := found.get(one)) is not wanted[one]:
            yield f"{name}: {one} is {phase}, not {wanted[one]}"


@contextmanager
def recorded(subject: Subject, history: str) -> Iterator[str]:
    """Yield the address of a Prometheus that knows this history, and nothing else."""
    folder = subject.work / "analysis"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "history").write_text(history, encoding="utf-8")
    (folder / "prometheus.yml").write_text("global: {}\n", encoding="utf-8")
    here = replace(subject.project, root=folder)
    here.must("promtool", "tsdb", "create-blocks-from", "openmetrics", "history", "data")
    with prometheus(here, "--storage.tsdb.path=data") as url:
        yield url


@contextmanager
def prometheus(here: Project, *words: str) -> Iterator[str]:
    """Yield the address of a Prometheus that reads prometheus.yml in a folder."""
    url = f"http://127.0.0.1:{free_port()}"
    listen = f"--web.listen-address={url.removeprefix('http://')}"
    own = ("--config.file=prometheus.yml", listen, *words)
    with here.daemon(PROMETHEUS, *own, ready=f"{url}/-/ready"):
        yield url


def history(now: int) -> str:
    """Return what was scraped of all cases until now, as OpenMetrics.

    In another namespace there is a release of the same name, which does badly in every way.
    """
    bad = Traffic(asked=900, errors=1, slow=1, nonfinite=9)
    releases = [(NAMESPACE, name, case) for name, case in CASES.items()]
    releases += [("song-staging", name, bad) for name in CASES]
    return "".join(line for one in releases for line in scraped(*one, now)) + "# EOF\n"


def scraped(namespace: str, name: str, case: Traffic, now: int) -> Iterator[str]:
    """Yield the samples of one release."""
    where = f'namespace="{namespace}",rollouts_pod_template_hash="{name}"'
    predict = f'{where},handler="/v1/predict"'
    seconds = "http_request_duration_seconds"
    for at in range(now - MINUTES * 60, now + STEP, STEP):
        until = at - (now - MINUTES * 60)
        late = max(0, until - (MINUTES - LATELY - 1) * 60)  # of these, in the last minutes
        asked = case.asked * until / (LATELY * 60)
        failed = case.errors * asked + case.before * case.asked * (until - late) / (LATELY * 60)
        for text, value in (
            (f'http_requests_total{{{predict},method="POST",status="200"}}', asked - failed),
            (f'http_requests_total{{{predict},method="POST",status="503"}}', failed),
            (f'{seconds}_bucket{{{predict},method="POST",le="0.25"}}', asked * (1 - case.slow)),
            (f'{seconds}_bucket{{{predict},method="POST",le="+Inf"}}', asked),
            (f'{seconds}_count{{{predict},method="POST"}}', asked),
            (f'ml_nonfinite_values_total{{{where},where="score"}}', case.nonfinite),
            (f'ml_nonfinite_values_total{{{where},where="input"}}', 5),
        ):
            yield f"{text} {value} {at}\n"
