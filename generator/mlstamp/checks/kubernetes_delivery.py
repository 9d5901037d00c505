"""A release, two failed canaries and a way back, rehearsed with kubectl and a cluster of our own.

The recipes, the project's code, kubectl and the service are real; the API of the cluster and the
controller of Argo Rollouts are stand-ins, cosign and docker are played.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..cluster import Cluster, cluster
from ..cluster.discovery import ARGO_ROLLOUTS
from ..project import Completed, free_port
from . import released
from .base import NotVerified, Subject, expect
from .delivery import QUICK, other_answers, spoilt
from .kubernetes import IMAGE, KubernetesCheck
from .kubernetes_refusals import Deployment

PROBED = "/portforward"


class Delivers(KubernetesCheck):
    """Only a release that does well answers in a cluster; every other leaves what was there."""

    id = "kubernetes.delivery"
    requires = ("runtime.lifecycle", "kubernetes.builds")
    only_for = ("deploy-kubernetes",)

    def run(self, subject: Subject) -> None:
        """A release does not come to a cluster, a bad one does, or the way back does not work."""
        if not released.SCRIPTS_RUN:
            raise NotVerified("programs that are played by scripts")
        with cluster(ARGO_ROLLOUTS) as made, subject.project.serve() as url:
            address = (str(urlsplit(url).hostname), int(urlsplit(url).port or 0))
            rehearse(Delivery(subject, made, "staging"), address)


def rehearse(delivery: Delivery, answering: tuple[str, int]) -> None:
    """Deploy what is good and what is not, and expect after each what has to answer."""
    first, second = (delivery.release(letter, answering) for letter in "ab")
    silent = delivery.release("c", ("127.0.0.1", free_port()))
    delivery.refused_for("Nothing answers, as before", spoilt(first, "first", other_answers))
    delivery.expect_stable(None)
    delivery.done("deploy", first, probes=1)
    delivery.refused_for("golden predictions differ", spoilt(second, "second", other_answers))
    delivery.expect_stable(first)
    delivery.refused_for("/ready was not 200", silent, READY_SECONDS="1")
    delivery.expect_stable(first)
    delivery.done("deploy", second, probes=2)  # the canary, and what came of it
    delivery.done("revert", first, probes=1)


class Delivery(Deployment):
    """Releases of the champion, for which a service of this machine answers."""

    def release(self, letter: str, answering: tuple[str, int]) -> Path:
        """Write a release whose image has this letter for a digest, and where its pods answer."""
        image = f"{IMAGE}@sha256:{letter * 64}"
        made = released.of_champion(self.subject.project, image)
        self.cluster.behind[image] = answering
        return released.write(self.folder / f"{letter}.json", made, self.folder / "bin")

    def done(self, recipe: str, file: Path, probes: int) -> None:
        """Expect that a release answers in the end, after so many services were probed."""
        self.cluster.asked.clear()
        code, said = self._said(recipe, file)
        expect(code == 0, f"{recipe} {file.name} failed: {said}")
        probed = [one for one in self.cluster.asked if one.endswith(PROBED)]
        posted = sum(one.startswith("POST ") for one in probed)
        expect(posted == probes, f"{recipe} {file.name} probed {posted} times, not {probes}")
        self.expect_stable(file)

    def refused_for(self, sentence: str, file: Path, **bars: str) -> None:
        """Expect that a release is taken back, for this reason."""
        code, said = self._said("deploy", file, **bars)
        expect(code != 0 and sentence in said, f"not taken back with {sentence!r}: {said}")

    def expect_stable(self, file: Path | None) -> None:
        """Expect that this release is what runs and what is wanted, or that nothing runs."""
        self.cluster.settle(self.namespace)
        wanted = json.loads(file.read_text(encoding="utf-8"))["image"] if file else None
        found = state(self.cluster, self.namespace)
        expect(found == ((wanted, wanted, "Healthy") if file else None), f"{wanted}, not {found}")

    def _said(self, recipe: str, file: Path, **bars: str) -> tuple[int, str]:
        done: Completed = self.just(recipe, file.name, **(QUICK | {"PROBE_SECONDS": "1"} | bars))
        said = done.log.read_text(encoding="utf-8", errors="replace")
        return done.code, " ".join(said.split())[-800:]


def state(made: Cluster, namespace: str) -> tuple[str, str, str] | None:
    """Return what a Rollout wants to run, what answers, and its phase; nothing without one."""
    for one in made.objects.find("rollouts", namespace):
        stable = {"rollouts-pod-template-hash": one["status"]["stableRS"]}
        (answering,) = made.objects.find("replicasets", namespace, **stable)
        return _image(one), _image(answering), one["status"]["phase"]
    return None


def _image(workload: dict[str, Any]) -> str:
    return str(workload["spec"]["template"]["spec"]["containers"][0]["image"])
