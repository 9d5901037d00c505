"""`docker compose up`, as far as its images can be made on this machine: the service itself."""

from __future__ import annotations

import shutil
import socket
import subprocess
from dataclasses import replace

from ..project import Project
from .base import Check, NotVerified, Subject
from .container import build, docker, expect_parity, expect_ready
from .monitoring_stack import secrets_of_a_test

PORT = 8000  # of the file: it is the address that people open


class Up(Check):
    """`docker compose up` brings up the service, confined as the file says, and it answers."""

    id = "stack.up"
    requires = ("container.image",)
    capability = "container"
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """The service of compose.yaml does not come up, or answers otherwise than offline."""
        compose = client()
        if taken(PORT):
            raise NotVerified(f"port {PORT} is taken by another program")
        own = {**secrets_of_a_test(subject), "COMPOSE_PROJECT_NAME": "mlstamp"}
        project = replace(subject.project, environment={**subject.project.environment, **own})
        docker(subject, "tag", build(subject, "serve"), f"{subject.project.name}:dev")
        try:
            project.must(*compose, "up", "--detach", "--no-build", "service")
            name = project.must(*compose, "ps", "--quiet", "service").stdout.strip()
            expect_ready(subject, name, f"http://127.0.0.1:{PORT}")
            expect_parity(subject, f"http://127.0.0.1:{PORT}")
        finally:
            down(project, compose)


def client() -> tuple[str, ...]:
    """Return the command of compose; raises NotVerified when there is none."""
    plugin = ("docker", "compose")
    if shutil.which("docker"):
        if subprocess.run([*plugin, "version"], capture_output=True).returncode == 0:
            return plugin
        if shutil.which("docker-compose"):
            return ("docker-compose",)
    raise NotVerified("docker compose")


def taken(port: int) -> bool:
    """Tell whether something listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def down(project: Project, compose: tuple[str, ...]) -> None:
    """Take it down again, with its volumes: they were made here."""
    project.run(*compose, "down", "--volumes", "--timeout", "20")
