"""An environment in Kubernetes: an overlay, and a Rollout that waits for us after one step."""

import json
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from ..errors import StageError
from .cluster_secrets import expect_secrets
from .shell import run

FOLDER = Path("deploy/kubernetes")
ROLLOUT, STABLE, CANARY = "rollout/app", "service/app-stable", "service/app-canary"
HASH = "rollouts-pod-template-hash"  # on the ReplicaSets and pods of one image
WAIT_SECONDS, LOOK_SECONDS = 3600.0, 2.0  # a rollout pauses and measures between its steps


class KubernetesTarget:
    """One namespace, reached by the context of its own name: no other cluster is touched."""

    def __init__(self, project: str, environment: str) -> None:
        """Take the overlay; raises StageError where there is none, or a secret of it is missing."""
        self._overlay = FOLDER / "overlays" / environment
        known = [path.name for path in sorted((FOLDER / "overlays").glob("*"))]
        if environment not in known:  # an empty name would be the folder of them all
            names = ", ".join([*known, "local"])
            raise StageError(f"There is no environment {environment}: choose one of {names}.")
        self._name = f"{project}-{environment}"
        self._forward: subprocess.Popen[bytes] | None = None
        manifests = run("kubectl", "kustomize", self._overlay.as_posix())
        expect_secrets(manifests, self._run, " ".join(self._words()))

    def current(self) -> str:
        """Return the image of the stable pods, or nothing before the first deployment."""
        stable = self._rollout().get("status", {}).get("stableRS")
        if not stable:
            return ""
        found = self._run("get", "replicasets", f"--selector={HASH}={stable}", "--output=json")
        return _image(json.loads(found)["items"][0])

    def start(self, image: str, percent: int) -> str:
        """Apply the image, and return the canary's URL; the share is the first of the steps."""
        del percent
        self._apply(image)
        self._wait_for("Paused", "Healthy")  # one that answered lately passes over the steps
        return self._url(CANARY)

    def promote(self, image: str) -> str:
        """Go on with the canary, or take another image at once; return the URL of the stable."""
        rollout = self._rollout()
        paused = rollout.get("status", {}).get("phase") == "Paused"
        if paused and _image(rollout) == image:
            self._patch({"pauseConditions": None})
        else:
            self._apply(image)
            self._wait_for()  # an image that is new to the controller makes it forget its orders
            self._patch({"promoteFull": True, "abort": False})
        self._wait_for("Healthy")
        return self._url(STABLE)

    def stop(self) -> None:
        """Abort the canary: the stable pods answer everything, and are what is wanted again."""
        self._patch({"abort": True})
        self._apply(self.current())
        self._close()

    def remove(self) -> None:
        """Delete the rollout, and with it its pods; all else of the overlay may stay."""
        self._run("delete", ROLLOUT, "--ignore-not-found")
        self._close()

    def _apply(self, image: str) -> None:
        name, _, digest = image.partition("@")
        wanted = {
            "resources": [f"../overlays/{self._overlay.name}"],
            "images": [{"name": "app", "newName": name, "digest": digest}],
        }
        with tempfile.TemporaryDirectory(dir=FOLDER, prefix=".release-") as folder:
            (Path(folder) / "kustomization.yaml").write_text(json.dumps(wanted), encoding="utf-8")
            self._run("apply", f"--kustomize={Path(folder).as_posix()}")

    def _wait_for(self, *phases: str) -> None:
        """Wait until the controller has seen what was applied and, if asked for, a phase."""
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            rollout = self._rollout()
            status = rollout.get("status", {})
            if str(status.get("observedGeneration")) == str(rollout["metadata"]["generation"]):
                if not phases:
                    return
                _raise_if_it_gave_up(status)
                if status.get("phase") in phases:
                    return
            time.sleep(LOOK_SECONDS)
        wanted = " or ".join(phases) or "seen by Argo Rollouts"
        raise StageError(
            f"{ROLLOUT} was not {wanted} within {WAIT_SECONDS:.0f} seconds: "
            f"`kubectl --context={self._name} describe {ROLLOUT}` says why."
        )

    def _url(self, service: str) -> str:
        """Forward a port of this machine, for as long as this process lives, to a service."""
        self._close()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        words = self._words("port-forward", service, f"{port}:http")
        self._forward = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        return f"http://127.0.0.1:{port}"

    def _close(self) -> None:
        if self._forward:
            self._forward.terminate()
            self._forward.wait()
            self._forward = None

    def _rollout(self) -> dict[str, Any]:
        found = self._run("get", ROLLOUT, "--ignore-not-found", "--output=json")
        return dict(json.loads(found or "{}"))

    def _patch(self, status: dict[str, Any]) -> None:
        change = json.dumps({"status": status})
        self._run("patch", ROLLOUT, "--subresource=status", "--type=merge", f"--patch={change}")

    def _run(self, *words: str) -> str:
        return run(*self._words(*words))

    def _words(self, *words: str) -> tuple[str, ...]:
        return ("kubectl", f"--context={self._name}", f"--namespace={self._name}", *words)


def _image(workload: dict[str, Any]) -> str:
    return str(workload["spec"]["template"]["spec"]["containers"][0]["image"])


def _raise_if_it_gave_up(status: dict[str, Any]) -> None:
    reasons = [pause.get("reason") for pause in status.get("pauseConditions") or ()]
    if "InconclusiveAnalysisRun" in reasons:
        raise StageError(
            f"{ROLLOUT} had too few requests to tell how its canary does: deploy it again at a "
            "busier time, or at once (--at-once)."
        )
    if status.get("phase") == "Degraded":
        raise StageError(f"{ROLLOUT} gave up: {status.get('message', 'no reason said')}.")
