"""GitLab's pipeline takes a release to staging and prod: its jobs are really run, one by one.

Real are the runner of the jobs, docker, cosign, kubectl, a registry and the service. Played are the
cluster, and the Sigstore that cosign asks.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from ..cluster import Cluster, cluster
from ..cluster.discovery import ARGO_ROLLOUTS
from ..http import get
from ..project import Project
from ..sigstore import Sigstore, sigstore
from ..source import git
from ..stand_in import certified
from .base import Subject, expect
from .ci_logins import rendered
from .ci_run import PIPELINE_RUNNER
from .ci_tools import node_packages
from .container import build
from .delivery import AUTHOR, QUICK, registry
from .gitlab import REGISTRY
from .kubernetes import KubernetesCheck
from .kubernetes_delivery import state
from .monitoring_stack import needs
from .signed import needs_tools

GITLAB = "https://gitlab.com"
TOKEN = "given.to.this.job"  # noqa: S105 - of a job that is played
NOBODY = "job"  # whom the registry, which asks for nothing, lets in


class Releases(KubernetesCheck):
    """One digest is built, signed and verified, answers in staging, then in prod."""

    id = "ci.releases"
    requires = ("runtime.lifecycle", "kubernetes.builds")
    only_for = ("deploy-kubernetes",)
    needs_template = True

    def run(self, subject: Subject) -> None:
        """A job of the pipeline fails, or another image answers than the one that was released."""
        for program in ("kubectl", "openssl", "rsync"):
            needs(program)
        needs_tools(subject.project)
        build(subject, "serve")  # so that a base image that cannot be had is said here
        with pipeline(subject) as jobs:
            image = jobs.release()
            jobs.deploy("staging", image)
            jobs.deploy("prod", image)
            jobs.deploy("rollback-staging", image)
            jobs.expect_refused("staging")


@dataclass
class Jobs:
    """The jobs of a pipeline of `main`, and what they are told."""

    project: Project
    runner: Path
    cluster: Cluster
    trusted: Sigstore
    answering: tuple[str, int]
    given: dict[str, str]

    def release(self) -> str:
        """Run the job that builds and signs; return the image by its digest."""
        self.passes("release")
        made = json.loads(self._file.read_text(encoding="utf-8"))
        self.cluster.behind[made["image"]] = self.answering
        return str(made["image"])

    def deploy(self, job: str, image: str) -> None:
        """Run a job that deploys; expect that this image is what answers then."""
        self.passes(job)
        namespace = f"{self.project.name}-{job.removeprefix('rollback-')}"
        self.cluster.settle(namespace)
        found = state(self.cluster, namespace)
        expect(found == (image, image, "Healthy"), f"after {job} there is {found}")

    def passes(self, job: str) -> None:
        """Expect that a job ends well: the runner itself does so too where a job may fail."""
        said = self._said(job)
        expect(f"PASS {job}" in said, f"{job} failed: {said[-800:]}")

    def expect_refused(self, job: str) -> None:
        """Expect that a job stops for an image that this pipeline did not sign."""
        made = json.loads(self._file.read_text(encoding="utf-8"))
        made["image"] = made["image"].partition("@")[0] + "@sha256:" + "0" * 64
        self._file.write_text(json.dumps(made), encoding="utf-8")
        said = self._said(job)
        refused = f"PASS {job}" not in said and "cosign vouches for no signature" in said
        expect(refused, f"{job} did not stop: {said[-800:]}")

    @property
    def _file(self) -> Path:
        return self.project.root / "dist" / "release.json"

    def _said(self, job: str) -> str:
        given = self.given | {"SIGSTORE_ID_TOKEN": identity(self.trusted, self.project.name)}
        told = (word for pair in given.items() for word in ("--variable", "=".join(pair)))
        words = ("node", str(self.runner), "--force-shell-executor", *told, job)
        done = self.project.run(*words, timeout=1200)
        return " ".join(done.log.read_text(encoding="utf-8", errors="replace").split())


def identity(trusted: Sigstore, name: str) -> str:
    """Return the token that GitLab gives a job of `main` for signing."""
    place = f"{GITLAB}/acme/{name}//.gitlab-ci.yml@refs/heads/main"
    asked = {"job_workflow_ref": place, "iss": GITLAB, "audience": "sigstore"}
    return str(get(f"{trusted.url}/token?{urlencode(asked)}").json()["value"])


@contextmanager
def pipeline(subject: Subject) -> Iterator[Jobs]:
    """Yield the jobs of the project as it is with GitLab, and all whom they ask."""
    tools = node_packages(subject.project, (PIPELINE_RUNNER,), build=True)
    script = tools / "node_modules" / "gitlab-ci-local" / "src" / "index.js"
    project, work = checked_out(subject), subject.work / "gitlab-releases"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    shown = certified(work, "IP:127.0.0.1")
    with ExitStack() as stack:
        place = stack.enter_context(registry(work))
        trusted = stack.enter_context(sigstore(work))
        made = stack.enter_context(cluster(ARGO_ROLLOUTS, admits=TOKEN, shown=shown))
        url = urlsplit(stack.enter_context(subject.project.serve()))
        prefix = f"{project.package.upper()}_OPTIONS__DELIVERY__"
        given = {
            "CI_REGISTRY_IMAGE": f"{place}/acme/{project.name}",
            "CI_REGISTRY_USER": NOBODY,
            "CI_REGISTRY_PASSWORD": NOBODY,
            "CLUSTER": made.url,
            "CLUSTER_PLACE": base64.b64encode(shown[0].read_bytes()).decode(),
            "CLUSTER_TOKEN": TOKEN,
            "KUBECONFIG": str(work / "kubeconfig"),
            "DOCKER_CONFIG": str(work / "docker"),
            **trusted.trusted(),
            **{prefix + name: value for name, value in (QUICK | {"PROBE_SECONDS": "1"}).items()},
        }
        answering = (str(url.hostname), int(url.port or 0))
        yield Jobs(project, script, made, trusted, answering, given)


def checked_out(subject: Subject) -> Project:
    """Return the project with GitLab, committed to `main`, with the champion that it trained."""
    project = rendered(subject, "gitlab-release", ci="gitlab")
    root = project.root
    shutil.copy2(subject.root / "uv.lock", root)
    git("checkout", "--quiet", "-B", "main", cwd=root)
    git("remote", "add", "origin", f"{GITLAB}/acme/{project.name}.git", cwd=root)
    git("add", "--all", cwd=root)
    git(*AUTHOR, "commit", "--quiet", "--no-verify", "--message", "First", cwd=root)
    git("update-ref", "refs/remotes/origin/main", "HEAD", cwd=root)
    for name in REGISTRY:
        there = subject.root / name
        copy = shutil.copytree if there.is_dir() else shutil.copy2
        if there.exists():
            copy(there, root / name)
    exclude = root / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text(".gitlab-ci-local/\n", encoding="utf-8")  # of the runner
    home = subject.work / "gitlab-home"
    home.mkdir(exist_ok=True)
    return replace(project, environment=project.environment | {"HOME": str(home)})
