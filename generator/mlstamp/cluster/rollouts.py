"""The part of Argo Rollouts' controller that a deployment waits for.

As there, whatever a new pod template finds of an earlier order (an abort, a full promotion) is
forgotten at the controller's first look at it. Not played: the time between steps, analyses,
replicas, the window in which going back needs no steps. Each release has one pod, ready at once.
"""

from __future__ import annotations

import hashlib
import json

from .discovery import ARGO_ROLLOUTS, KUBERNETES, Json, Place
from .objects import Objects

HASH = "rollouts-pod-template-hash"
REPLICA_SETS, PODS, SERVICES = (
    next(one for one in KUBERNETES if one.plural == plural)
    for plural in ("replicasets", "pods", "services")
)
PAUSED = [{"reason": "CanaryPauseStep", "startTime": "2026-01-01T00:00:00Z"}]


def look(objects: Objects, namespace: str) -> None:
    """Bring each Rollout of a namespace to where it stays, until somebody changes it."""
    rollouts = objects.find(ARGO_ROLLOUTS.plural, namespace)
    for one in rollouts:
        _run(objects, one)
        one["status"] = _status(one)
        _narrow(objects, one)
    if not rollouts:
        for owned in (REPLICA_SETS, PODS):
            for one in objects.find(owned.plural, namespace):
                objects.delete(Place(owned, namespace, one["metadata"]["name"]))


def _status(rollout: Json) -> Json:
    """Return where a rollout stays: before its first step, aborted, or at its end."""
    status, wanted = dict(rollout.get("status", {})), _hash(rollout)
    if status.get("currentPodHash") != wanted:
        for order in ("abort", "promoteFull", "pauseConditions", "controllerPause"):
            status.pop(order, None)
    status |= {
        "currentPodHash": wanted,
        "observedGeneration": str(rollout["metadata"]["generation"]),
    }
    stable = status.setdefault("stableRS", wanted)  # the first release has no steps
    went_on = status.get("controllerPause") and not status.get("pauseConditions")
    if stable == wanted or status.get("promoteFull") or (went_on and not status.get("abort")):
        return _ended(status, wanted)
    if status.get("abort"):
        told = f"RolloutAborted: Rollout aborted update to {wanted}"
        return {**status, "phase": "Degraded", "message": told}
    pause = {"pauseConditions": PAUSED, "controllerPause": True, "message": "CanaryPauseStep"}
    return {**status, **pause, "phase": "Paused"}


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
