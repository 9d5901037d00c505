"""compose.yaml: the service and what watches it, confined, on one machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml

from ..project import Project
from .base import Check, NotVerified, Subject, expect, listing
from .kubernetes import JSONSCHEMA, tool

PASSWORDS = {"POSTGRES_PASSWORD": "of-a-test", "GRAFANA_PASSWORD": "of-a-test"}
MOUNTED = "/run/secrets/"
SECRET = re.compile(r"password|secret|token|key$", re.IGNORECASE)
FROM_OUTSIDE = re.compile(r"\$\{\w+:\?[^}]+\}")


class Stack(Check):
    """A check of what watches the service, for a subject that has a container and metrics."""

    capability = "monitoring"

    def concerns(self, subject: Subject) -> bool:
        """Tell whether the subject has a container and metrics."""
        return super().concerns(subject) and bool(subject.answers.get("container"))


class Hardened(Check):
    """Every service of compose.yaml is confined and known by its digest; no password is in it."""

    id = "stack.hardened"
    capability = "container"

    def run(self, subject: Subject) -> None:
        """A service of compose.yaml may do more than it needs, or a password stands in the file."""
        services = yaml.safe_load(subject.text("compose.yaml"))["services"]
        faults = [f"{name}: {fault}" for name, one in services.items() for fault in lax(one)]
        expect(not faults, listing(faults))


def lax(service: dict[str, Any]) -> Iterator[str]:
    """Yield what a service may do without needing it."""
    if service.get("read_only") is not True:
        yield "its root is writable"
    if service.get("cap_drop") != ["ALL"] or service.get("cap_add") or service.get("privileged"):
        yield "it keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "it may gain privileges"
    if "mem_limit" not in service:
        yield "its memory has no limit"
    if "build" not in service and "@sha256:" not in service.get("image", ""):
        yield "its image can change without anybody asking for it"
    if "healthcheck" not in service:
        yield "it has no health check"
    if open_ports := [p for p in service.get("ports", []) if not str(p).startswith("127.0.0.1:")]:
        yield f"{open_ports[0]} is open to the network"
    for name, value in service.get("environment", {}).items():
        in_a_file = name.endswith("_FILE") and str(value).startswith(MOUNTED)
        if SECRET.search(name.removesuffix("_FILE")) and not (
            in_a_file or FROM_OUTSIDE.fullmatch(str(value))
        ):
            yield f"{name} is not required from outside"


class ComposeSchema(Check):
    """compose.yaml keeps to the schema of the Compose specification."""

    id = "stack.schema"
    capability = "container"

    def run(self, subject: Subject) -> None:
        """compose.yaml has a key that Compose does not know, or a value of another type."""
        validator = tool(subject, JSONSCHEMA)
        builtin = ("--builtin-schema", "vendor.compose-spec")
        subject.project.must(*validator, *builtin, "compose.yaml")


def secrets_of_a_test(subject: Subject) -> dict[str, str]:
    """Return what compose.yaml asks for, the token in a file that every container can read."""
    path = subject.work / "token"
    path.write_text("of-a-test", encoding="utf-8")
    path.chmod(0o644)
    return {**PASSWORDS, "TOKEN_FILE": str(path)}


class ComposeReads(Check):
    """Compose reads compose.yaml, and says of each secret that it is not given it."""

    id = "stack.compose"
    capability = "container"

    def run(self, subject: Subject) -> None:
        """Compose cannot read compose.yaml, or starts without a secret."""
        config = (*client(), "config", "--quiet")
        secrets = secrets_of_a_test(subject)
        project = with_variables(subject.project, secrets)
        project.must(*config)
        named = [one for one in secrets if f"${{{one}:" in subject.text("compose.yaml")]
        expect(named, "compose.yaml asks for no secret")
        for name in named:
            done = with_variables(subject.project, secrets | {name: ""}).run(*config)
            expect(done.code, f"it is content without {name}")
            expect(f"Set {name}" in done.tail(), f"without {name} it says {done.tail()}")


def with_variables(project: Project, own: dict[str, str]) -> Project:
    """Return the project with more variables for what it runs."""
    return replace(project, environment={**project.environment, **own})


def client() -> tuple[str, ...]:
    """Return the command of compose; raises NotVerified when there is none."""
    plugin = ("docker", "compose")
    if shutil.which("docker"):
        if subprocess.run([*plugin, "version"], capture_output=True).returncode == 0:
            return plugin
        if shutil.which("docker-compose"):
            return ("docker-compose",)
    raise NotVerified("docker compose")


def needs(command: str) -> None:
    """Say that nothing is verified where a command is missing."""
    if shutil.which(command) is None:
        raise NotVerified(command)
