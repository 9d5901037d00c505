"""The commands of a pipeline are run: all that need nobody outside."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

from ..project import Project
from .base import NotVerified, Subject, expect, listing
from .ci_tools import OfCi, node_packages
from .gitlab import REGISTRY, TOKEN, GitLab, packed_registry, reachable
from .workflows import PIPELINES, Step, steps

PIPELINE_RUNNER = "gitlab-ci-local@4.60.1"
GROOVY_PARSER = "npm-groovy-lint@15.2.2"
JOBS = ("check", "supply-chain", "train")  # those that need nobody outside
# What is not run here again, by the check that runs it: on the same repository, or with somebody
# who is played, such as a server, a registry or a cloud.
RUN_BY = {
    "quality.check": ("check",),
    "runtime.lifecycle": ("lifecycle",),
    "ci.scan": ("scan-workflows",),
    "ci.secrets": ("secrets",),
    "ci.licences": ("licences",),
    "ci.audit": ("audit",),
    "ci.server": (
        *("comment", "fetch-release", "newest-release", "previous-model", "publish"),
        *("release-outputs", "released-model"),
    ),
    "ci.aws": ("cloud-login", "registry-login"),
    "container.image": ("image",),
    "container.delivery": ("release",),
    "container.signed": ("sign", "verify-release"),
    "ci.proposals": ("renovate",),
    "infra.check": ("infra-check",),
    "infra.policies": ("infra-scan",),
    "infra.delivery": ("deploy", "plan", "revert"),
    "kubernetes.login": ("cluster-login",),
}
# An expression of GitHub that says what counts where an event brings nothing.
_OTHERWISE = re.compile(r"\$\{\{[^}]*\|\| '([^']*)' \}\}")


class Executed(OfCi):
    """Each command that needs nobody outside runs in a copy, in the order of the files."""

    id = "ci.executed"
    requires = ("ci.commands", "runtime.lifecycle")
    only_for = ("default", "ci-github", "ci-jenkins")

    def run(self, subject: Subject) -> None:
        """A command of a pipeline fails in a fresh copy."""
        copy = fresh_copy(subject)
        elsewhere = {name for names in RUN_BY.values() for name in names}
        ours = {step.run: step for step in steps(subject) if step.recipe not in elsewhere}
        if subject.answers.get("retraining"):
            copy.cli("migrate")  # the log, which the service would have made
        for step in ours.values():
            given = {name: value for name, value in step.variables.items() if "${{" not in value}
            there = replace(copy, environment={**copy.environment, **given})
            there.must(*_filled(step))
        expect((copy.root / "reports" / "summary.md").is_file(), "no summary was written")


class PipelineRuns(OfCi):
    """GitLab's pipeline is really run here; its model meets the champion of an earlier one."""

    id = "ci.pipeline"
    requires = ("ci.scan", "runtime.lifecycle")
    servers = ("gitlab",)
    only_for = ("ci-gitlab",)

    def run(self, subject: Subject) -> None:
        """A job of the pipeline fails, or its model is compared with no champion."""
        if shutil.which("rsync") is None:
            raise NotVerified("rsync")
        tools = node_packages(subject.project, (PIPELINE_RUNNER,), build=True)
        script = tools / "node_modules" / "gitlab-ci-local" / "src" / "index.js"
        copy = fresh_copy(subject)
        forget(copy)
        with reachable(GitLab(packed_registry(subject.root))) as server:
            given = (f"CI_API_V4_URL={server.url}", f"CI_JOB_TOKEN={TOKEN}")
            options = ("--force-shell-executor", "--home", str(subject.work))
            words = [word for one in given for word in ("--variable", one)]
            copy.must("node", str(script), *options, *words, *JOBS, timeout=900)
        before, after = version(subject.project), version(copy)
        expect(after > before, f"version {after} knew nothing of version {before}, the champion")


class Groovy(OfCi):
    """The Jenkinsfile is Groovy; what each of its steps means only a Jenkins server knows."""

    id = "ci.groovy"
    servers = ("jenkins",)

    def run(self, subject: Subject) -> None:
        """Groovy cannot parse the Jenkinsfile."""
        if shutil.which("java") is None:
            raise NotVerified("java")
        tools = node_packages(subject.project, (GROOVY_PARSER,))
        script = tools / "node_modules" / "npm-groovy-lint" / "lib" / "index.js"
        options = ("--parse", "--noserver", "--no-insight", "--output", "json")
        said = subject.project.run("node", str(script), *options, PIPELINES["jenkins"]).stdout
        found = json.loads(said[said.index("{") :])["files"].values()
        faults = [one for file in found for one in file["errors"] if one["severity"] == "error"]
        expect(not faults, listing([" ".join(one["msg"].split()) for one in faults]))


def forget(project: Project) -> None:
    """Take the registry away: what a server checks out has none."""
    for name in REGISTRY:
        shutil.rmtree(project.root / name, ignore_errors=True)
        (project.root / name).unlink(missing_ok=True)


def version(project: Project) -> int:
    """Return the version of the champion: registries count, so that of a new one is 1."""
    pointer = project.champion().parent / "champion.json"
    return int(json.loads(pointer.read_text(encoding="utf-8"))["version"])


def fresh_copy(subject: Subject, name: str = "ci-copy") -> Project:
    """Return a copy of the repository as a server checks it out, with the registry it has."""
    root = subject.work / name
    shutil.rmtree(root, ignore_errors=True)
    leave = shutil.ignore_patterns(".venv", "__pycache__", ".*_cache")
    shutil.copytree(subject.root, root, ignore=leave)
    return replace(subject.project, root=root)


def _filled(step: Step) -> list[str]:
    """Return the words of a command, its variables replaced by what it is given."""
    given = {name: _OTHERWISE.sub(r"\1", value) for name, value in step.variables.items()}
    return [given.get(word.strip("${}"), word) for word in step.words]
