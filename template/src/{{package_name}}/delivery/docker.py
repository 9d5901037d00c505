"""The environment `local`: a stable container and a canary on this machine, as hardened as any."""

import json
from typing import Any

from ..errors import StageError
from .shell import run

# What production takes away as well: a service that needs more shows it here first.
HARDENED = (
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=512m",
    "--pids-limit=256",
)
PORT = "8000/tcp"


class DockerTarget:
    """Containers by the names <project>-stable and <project>-canary, on ports of 127.0.0.1."""

    def __init__(self, project: str) -> None:
        self._stable, self._canary = f"{project}-stable", f"{project}-canary"

    def current(self) -> str:
        """Return the image of the stable container, or nothing."""
        found = _inspect(self._stable)
        return str(found["Config"]["Image"]) if found else ""

    def start(self, image: str, percent: int) -> str:
        """Run a canary; it has an address of its own, for nothing here shares out requests."""
        del percent
        return _start(self._canary, image)

    def promote(self, image: str) -> str:
        """Replace the stable container; the old one drains first."""
        self.stop()
        return _start(self._stable, image)

    def stop(self) -> None:
        """Remove the canary."""
        _remove(self._canary)

    def remove(self) -> None:
        """Remove the stable container."""
        _remove(self._stable)


def _start(name: str, image: str) -> str:
    _remove(name)
    run(
        "docker", "run", "--detach", f"--name={name}", "--publish=127.0.0.1::8000", *HARDENED, image
    )
    found = _inspect(name)
    ports = (found or {}).get("NetworkSettings", {}).get("Ports", {}).get(PORT)
    if not ports:
        raise StageError(f"{name} ended at once: `docker logs {name}` says why.")
    return f"http://127.0.0.1:{ports[0]['HostPort']}"


def _remove(name: str) -> None:
    if _inspect(name):
        run("docker", "stop", "--time=20", name)
        run("docker", "rm", name)


def _inspect(name: str) -> dict[str, Any] | None:
    names = run("docker", "ps", "--all", "--format={{.Names}}").split()
    if name not in names:
        return None
    return dict(json.loads(run("docker", "container", "inspect", name))[0])
