"""The part of Argo Rollouts' controller that a deployment waits for.

As there, whatever a new pod template finds of an earlier order (an abort, a full promotion) is
forgotten at the controller's first look at it. Who analyses a canary is given; the analyses of a
rollout are one, when its pause is over. Not played: the time between steps, replicas, the window
in which going back needs no steps. Each release has one pod, ready at once.
"""

from __future__ import annotations

import hashlib
import json
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .analysis import Phase
from .discovery import ARGO_ROLLOUTS, KUBERNETES, Json, Place
from .objects import Objects

HASH = "rollouts-pod-template-hash"
REPLICA_SETS, PODS, SERVICES = (
    next(one for one in KUBERNETES if one.plural == plural)
    for plural in ("replicasets", "pods", "services")
)
PAUSED = [{"reason": "CanaryPauseStep", "startTime": "2026-01-01T00:00:00Z"}]
UNCLEAR = [{"reason": "InconclusiveAnalysisRun", "startTime": "2026-01-01T00:00:00Z"}]


@dataclass(frozen=True)
class Analysis:
    """A step of a rollout: by which template its canary is analysed, with which arguments."""

    namespace: str
    canary: str  # the hash of its pods
    template: str
    arguments: Mapping[str, str]


Analyst = Callable[[Analysis], Mapping[str, Phase]]  # what each metric of it comes to


def nobody(_: Analysis) -> Mapping[str, Phase]:
    """Find nothing."""
    return {}


def look(objects: Objects, namespace: str, analyst: Analyst = nobody) -> None:
    """Bring each Rollout of a namespace to where it stays, until somebody changes it."""
    rollouts = objects.find(ARGO_ROLLOUTS.plural, namespace)
    for one in rollouts:
        _run(objects, one)
        one["status"] = _status(one, analyst)
        _narrow(objects, one)
    if not rollouts:
        for owned in (REPLICA_SETS, PODS):
            for one in objects.find(owned.plural, namespace):
                objects.delete(Place(owned, namespace, one["metadata"]["name"]))


def _status(rollout: Json, analyst: Analyst) -> Json:
    """Return where a rollout stays: before its first step, aborted, unclear, or at its end."""
    status, wanted = dict(rollout.get("status", {})), _hash(rollout)
    if status.get("currentPodHash") != wanted:
        for order in ("abort", "promoteFull", "pauseConditions", "controllerPause", "phase"):
            status.pop(order, None)
    status |= {
        "currentPodHash": wanted,
        "observedGeneration": str(rollout["metadata"]["generation"]),
    }
    stable = status.setdefault("stableRS", wanted)  # the first release has no steps
    if stable == wanted or status.get("promoteFull"):
        return _ended(status, wanted)
    if status.get("abort"):
        return status if status.get("phase") == "Degraded" else {**status, **_aborted(wanted)}
    if status.get("controllerPause") and status.get("pauseConditions"):
        return status
    if status.get("controllerPause"):
        found = map(analyst, _analyses(rollout, wanted, stable))
        return _analysed(status, wanted, ChainMap(*map(dict, found)))
    pause = {"pauseConditions": PAUSED, "controllerPause": True, "message": "CanaryPauseStep"}
    return {**status, **pause, "phase": "Paused"}


def _analyses(rollout: Json, wanted: str, stable: str) -> Iterator[Analysis]:
    """Yield what the first step asks for that is an analysis; later ones ask the same."""
    steps = rollout["spec"]["strategy"]["canary"].get("steps", [])
    step: Json = next((one["analysis"] for one in steps if "analysis" in one), {})
    namespace = rollout["metadata"]["namespace"]
    known = {"Latest": wanted, "Stable": stable, "metadata.namespace": namespace}
    given = {one["name"]: _value(one, known) for one in step.get("args", [])}
    for template in step.get("templates", []):
        yield Analysis(namespace, wanted, template["templateName"], given)


def _value(argument: Json, known: Mapping[str, str]) -> str:
    source = argument.get("valueFrom", {})
    place = source.get("podTemplateHashValue") or source.get("fieldRef", {}).get("fieldPath", "")
    return str(argument["value"] if "value" in argument else known[place])


def _analysed(status: Json, wanted: str, found: Mapping[str, Phase]) -> Json:
    """Return where a rollout stays after its analysis: the worst of its metrics decides."""
    for name, phase in found.items():
        if phase is Phase.FAILED:
            why = f': Step-based analysis phase error/failed: Metric "{name}" assessed Failed'
            return {**status, "abort": True, **_aborted(wanted, why)}
    if Phase.INCONCLUSIVE in found.values():
        paused = {"pauseConditions": UNCLEAR, "message": UNCLEAR[0]["reason"], "phase": "Paused"}
        return {**status, **paused}
    return _ended(status, wanted)


def _aborted(wanted: str, why: str = "") -> Json:
    told = f"RolloutAborted: Rollout aborted update to {wanted}{why}"
    return {"phase": "Degraded", "message": told}


def _ended(status: Json, wanted: str) -> Json:
    kept = {key: status[key] for key in ("currentPodHash", "observedGeneration")}
    return {**kept, "stableRS": wanted, "phase": "Healthy"}


def _run(objects: Objects, rollout: Json) -> None:
    """Make the ReplicaSet of what is wanted, and a pod of it that runs."""
    template, namespace = rollout["spec"]["template"], rollout["metadata"]["namespace"]
    labels = {**template["metadata"]["labels"], HASH: _hash(rollout)}
    name = f"{rollout['metadata']['name']}-{_hash(rollout)}"
    about = {"name": name, "labels": labels}
    made = {"metadata": about, "spec": {"template": template}}
    objects.keep(Place(REPLICA_SETS, namespace, name), made, 1)
    pod = {"metadata": about, "spec": template["spec"], "status": {"phase": "Running"}}
    objects.keep(Place(PODS, namespace, name), pod, 1)


def _narrow(objects: Objects, rollout: Json) -> None:
    """Let the two services of a rollout select one release each."""
    canary, namespace = rollout["spec"]["strategy"]["canary"], rollout["metadata"]["namespace"]
    status = rollout["status"]
    aborted = status["phase"] == "Degraded"
    chosen = {
        canary["stableService"]: status["stableRS"],
        canary["canaryService"]: status["stableRS" if aborted else "currentPodHash"],
    }
    for name, release in chosen.items():
        _, service = objects.get(Place(SERVICES, namespace, name), {})
        if "spec" in service:
            service["spec"]["selector"][HASH] = release


def _hash(rollout: Json) -> str:
    text = json.dumps(rollout["spec"]["template"], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]
