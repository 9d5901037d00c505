"""`docker compose up`: the service and its monitor, from compose.yaml as it is written."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..http import get
from ..project import Project
from .base import Check, NotVerified, Subject, expect
from .container import (
    build,
    docker,
    expect_free,
    expect_parity,
    expect_ready,
    health,
    one_name,
)
from .images import made_here
from .monitoring_stack import client, secrets_of_a_test, with_variables

PORT, MONITOR_PORT = 8000, 9108  # of the file: they are the addresses that people open
ENOUGH = 10  # times the recorded rows are asked, for the monitor to have something to look at
PATIENCE = 120.0  # seconds until a service is healthy: MLflow makes its tables first
OURS = {"service": ("serve", ""), "monitor": ("train", "-train"), "mlflow": ("mlflow", "-mlflow")}


@dataclass(frozen=True)
class Composed:
    """What is up of compose.yaml, by names of its own."""

    subject: Subject
    project: Project
    command: tuple[str, ...]
    made: dict[str, str] = field(default_factory=dict)  # in the place of images of others
    given: list[str] = field(default_factory=list)  # names of images of ours

    def up(self, *services: str) -> list[str]:
        """Bring services up, with what they need, and return the ids of their containers."""
        for name in services:
            if name in OURS:
                self._give(name)
        self.project.must(*self.command, "up", "--detach", "--no-build", *services)
        return [self.container(name) for name in services]

    def _give(self, service: str) -> None:
        """Give the image of a service of ours the name that compose.yaml calls it by."""
        target, suffix = OURS[service]
        name = f"{self.project.name}{suffix}:dev"
        if name not in self.given:
            made = build(self.subject, target)
            expect_free(self.subject, name)
            docker(self.subject, "tag", made, name)
            self.given.append(name)

    def down(self) -> None:
        """Take everything away, with its volumes and the names of images: they were made here."""
        self.project.run(*self.command, "down", "--volumes", "--timeout", "20")
        if self.given:
            docker(self.subject, "image", "rm", *self.given)

    def container(self, service: str) -> str:
        """Return the id of the container of a service."""
        return self.project.must(*self.command, "ps", "--quiet", service).stdout.strip()

    def healthy(self, *services: str) -> None:
        """Bring services up; fail unless each is healthy in time by its own check."""
        for service, name in zip(services, self.up(*services), strict=True):
            healthy(self.subject, service, name)

    def again(self, *services: str) -> None:
        """Take everything away but the volumes, and bring services up once more."""
        self.project.must(*self.command, "down", "--timeout", "20")
        self.healthy(*services)

    def within(self, service: str, *words: str) -> str:
        """Return what a command says in the container of a service."""
        return self.project.must(*self.command, "exec", "-T", service, *words).stdout


class Up(Check):
    """`docker compose up` brings up the service, confined as the file says, and it answers."""

    id = "stack.up"
    requires = ("container.image",)
    capability = "container"
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """The service does not come up or answers otherwise, or the monitor sees nothing of it."""
        with composed(subject, PORT, MONITOR_PORT) as stack:
            (name,) = stack.up("service")
            expect_ready(subject, name, f"http://127.0.0.1:{PORT}")
            expect_parity(subject, f"http://127.0.0.1:{PORT}")
            if subject.answers.get("drift"):
                watch(stack)


def watch(stack: Composed) -> None:
    """Fail unless the monitor looks at what the service has answered, and writes its page."""
    for _ in range(ENOUGH):
        expect_parity(stack.subject, f"http://127.0.0.1:{PORT}")
    stack.healthy("monitor")
    page = stack.subject.root / "reports" / "drift.html"
    page.unlink(missing_ok=True)
    stack.within("monitor", stack.project.name, "drift")
    found = get(f"http://127.0.0.1:{MONITOR_PORT}/metrics").body
    expect(b"\nml_drift_window_rows " in found, "the monitor sees no run of the job")
    expect(page.is_file(), f"{page.name} is not in the folder of the project")


@contextmanager
def composed(subject: Subject, *ports: int, images: tuple[str, ...] = ()) -> Iterator[Composed]:
    """Yield compose.yaml with secrets of a test; what came up is gone afterwards, with its volumes.

    Of the services in `images` others make the image. Raises NotVerified when one cannot be had,
    when there is no client of compose, or when a port is somebody else's.
    """
    command = client()
    for port in ports:
        if taken(port):
            raise NotVerified(f"port {port} is taken by another program")
    owner = subject.root.stat()
    own = {
        **secrets_of_a_test(subject),
        "COMPOSE_PROJECT_NAME": "mlstamp",
        "PROJECT_USER": f"{owner.st_uid}:{owner.st_gid}",
    }
    project = with_variables(subject.project, own)
    made = made_here(subject, project, command, images)
    variables = {f"{name.upper()}_IMAGE": tag for name, tag in made.items()}
    stack = Composed(subject, with_variables(project, variables), command, made)
    with one_name:
        try:
            yield stack
        finally:
            stack.down()


def healthy(subject: Subject, service: str, name: str) -> None:
    """Fail unless a container is healthy in time; say what it said."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and health(subject, name) != "healthy":
        time.sleep(0.5)
    found = health(subject, name)
    said = "" if found == "healthy" else docker(subject, "logs", "--tail", "5", name)
    expect(found == "healthy", f"{service} is {found}: {said}")


def taken(port: int) -> bool:
    """Tell whether something listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
