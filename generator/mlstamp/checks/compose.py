"""`docker compose up`, as far as its images can be made here: the service, and its monitor."""

from __future__ import annotations

import shutil
import socket
import subprocess
from dataclasses import replace

from ..http import get
from ..project import Project
from .base import Check, NotVerified, Subject, expect
from .container import build, docker, expect_parity, expect_ready, health
from .monitoring_stack import secrets_of_a_test
from .reliability import wait_until

PORT, MONITOR_PORT = 8000, 9108  # of the file: they are the addresses that people open
ENOUGH = 10  # times the recorded rows are asked, for the monitor to have something to look at


class Up(Check):
    """`docker compose up` brings up the service, confined as the file says, and it answers."""

    id = "stack.up"
    requires = ("container.image",)
    capability = "container"
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """The service does not come up or answers otherwise, or the monitor sees nothing of it."""
        compose = client()
        for port in (PORT, MONITOR_PORT):
            if taken(port):
                raise NotVerified(f"port {port} is taken by another program")
        owner = subject.root.stat()
        own = {
            **secrets_of_a_test(subject),
            "COMPOSE_PROJECT_NAME": "mlstamp",
            "PROJECT_USER": f"{owner.st_uid}:{owner.st_gid}",
        }
        project = replace(subject.project, environment={**subject.project.environment, **own})
        docker(subject, "tag", build(subject, "serve"), f"{subject.project.name}:dev")
        try:
            project.must(*compose, "up", "--detach", "--no-build", "service")
            name = project.must(*compose, "ps", "--quiet", "service").stdout.strip()
            expect_ready(subject, name, f"http://127.0.0.1:{PORT}")
            expect_parity(subject, f"http://127.0.0.1:{PORT}")
            if subject.answers.get("drift"):
                watch(subject, project, compose)
        finally:
            down(project, compose)


def watch(subject: Subject, project: Project, compose: tuple[str, ...]) -> None:
    """Fail unless the monitor looks at what the service has answered, and writes its page."""
    docker(subject, "tag", build(subject, "train"), f"{project.name}-train:dev")
    for _ in range(ENOUGH):
        expect_parity(subject, f"http://127.0.0.1:{PORT}")
    project.must(*compose, "up", "--detach", "--no-build", "monitor")
    name = project.must(*compose, "ps", "--quiet", "monitor").stdout.strip()
    url = f"http://127.0.0.1:{MONITOR_PORT}/metrics"
    wait_until(lambda: health(subject, name) == "healthy", "the monitor is not healthy")
    page = subject.root / "reports" / "drift.html"
    page.unlink(missing_ok=True)
    project.must(*compose, "exec", "-T", "monitor", project.name, "drift")
    expect(b"\nml_drift_window_rows " in get(url).body, "the monitor sees no run of the job")
    expect(page.is_file(), f"{page.name} is not in the folder of the project")


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
