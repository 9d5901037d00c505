"""Where a training runs: in a process beside the monitor, or as a workflow of GitHub."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from urllib.error import HTTPError, URLError
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from ...errors import StageError
from . import RetrainingSettings
from .requests import Request

PACKAGE = __package__.partition(".")[0]
EVENT = "retrain"  # of repository_dispatch, for which the workflow waits
SECONDS = 10.0
Start = Callable[[Request, RetrainingSettings], tuple[str, str]]


def start_here(request: Request, _: RetrainingSettings) -> tuple[str, str]:
    """Start the training as a process that outlives the monitor; it writes down its own end."""
    command = [sys.executable, "-m", PACKAGE, "retrain"]
    try:
        subprocess.Popen(
            [*command, "--trigger", request.trigger, "--request", request.id],
            start_new_session=True,
        )
    except OSError as error:
        raise StageError(
            f"The training could not be started ({error}): run the command retrain by hand."
        ) from error
    return "", "A training has begun."


def start_on_github(request: Request, options: RetrainingSettings) -> tuple[str, str]:
    """Ask GitHub for the workflow; raises StageError unless it agrees."""
    token = os.environ.get("GITHUB_TOKEN", "")
    if not (options.repository and token):
        raise StageError("Set options.retraining.repository, and GITHUB_TOKEN to a token for it.")
    address = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    payload = {"trigger": request.trigger, "request": request.id}
    body = json.dumps({"event_type": EVENT, "client_payload": payload}).encode()
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    if not address.startswith(("https://", "http://")):
        raise StageError("GITHUB_API_URL has to begin with https:// (or http:// for a test).")
    asked = HttpRequest(  # noqa: S310 - its scheme was looked at
        f"{address}/repos/{options.repository}/dispatches", body, headers
    )
    try:
        with urlopen(asked, timeout=SECONDS):  # noqa: S310 - the same
            return "dispatched", "GitHub runs the workflow."
    except (URLError, TimeoutError) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise StageError(
            f"GitHub does not take the request ({error}): check the repository and GITHUB_TOKEN."
        ) from error


BACKENDS: dict[str, Start] = {"local": start_here, "github": start_on_github}
