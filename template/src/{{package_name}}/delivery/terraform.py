"""An environment in a cloud: infra/envs/<name>, whose state says what answers."""

import json
import re
from pathlib import Path
from typing import Any

from ..errors import StageError
from . import BusyError
from .shell import run

ENVIRONMENTS = Path("infra/envs")
LOCK_SECONDS = 60  # to wait for somebody else's change of the same environment
# The second is what Google Cloud says where the lock comes before the first state.
LOCKED = re.compile(r"Error acquiring the state lock|\.tflock\" failed: .*Error 412")
PROBED_ALONE = (
    "{0} has no canary_url, so its canary cannot be probed alone: "
    "see the outputs in infra/envs/{0}."
)


class TerraformTarget:
    """One environment; Terraform's own lock lets one change in at a time."""

    def __init__(self, _: str, environment: str) -> None:
        """Open the state; raises StageError for an environment that is not in infra/envs."""
        self._folder = ENVIRONMENTS / environment
        self._name = environment
        known = sorted(path.name for path in ENVIRONMENTS.glob("*") if path.is_dir())
        if environment not in known:  # an empty name would be the folder of them all
            names = ", ".join([*known, "local"])
            raise StageError(f"There is no environment {environment}: choose one of {names}.")
        self._run("init", "-input=false")

    def current(self) -> str:
        """Return the stable image, or nothing before the first deployment."""
        return str(self._outputs().get("image") or "")

    def start(self, image: str, percent: int) -> str:
        """Let a canary answer so many per cent; return the URL at which it answers alone."""
        self._apply(
            f"-var=image={self.current()}",
            f"-var=canary_image={image}",
            f"-var=canary_percent={percent}",
        )
        if not (url := self._outputs().get("canary_url")):
            raise StageError(PROBED_ALONE.format(self._name))
        return str(url)

    def promote(self, image: str) -> str:
        """Let the image answer everything, without a canary; return its URL."""
        self._apply(f"-var=image={image}")
        return str(self._outputs()["url"])

    def stop(self) -> None:
        """Take the canary away."""
        self._apply(f"-var=image={self.current()}")

    def remove(self) -> None:
        """Destroy the environment; the cloud refuses that where the environment is `protected`."""
        if image := self.current():
            self._change("destroy", f"-var=image={image}")

    def _apply(self, *variables: str) -> None:
        self._change("apply", *variables)

    def _change(self, verb: str, *variables: str) -> None:
        lock = f"-lock-timeout={LOCK_SECONDS}s"
        self._run(verb, "-auto-approve", "-input=false", lock, *variables)

    def _outputs(self) -> dict[str, Any]:
        outputs = json.loads(self._run("output", "-json"))
        return {name: output["value"] for name, output in outputs.items()}

    def _run(self, *words: str) -> str:
        try:
            return run("terraform", f"-chdir={self._folder.as_posix()}", *words)
        except StageError as error:
            if not LOCKED.search(str(error)):
                raise
            raise BusyError(
                f"Somebody else is changing {self._name}: nothing was changed here, "
                "so wait for that and deploy again."
            ) from error
