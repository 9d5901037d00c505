"""A release, signed and verified by a real cosign: by the workflow of the project, or another."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import StepFailed
from ..project import Completed, Project
from ..sigstore import GITHUB, HOST, PACKAGE, Sigstore, sigstore
from .base import Check, NotVerified, Subject, expect
from .container import docker
from .delivery import registry
from .kubernetes_refusals import NO_SIGNATURE
from .released import RELEASE, labels

WORKFLOW = ".github/workflows/release.yml@refs/tags/v1.0.0"
REFUSED = "cosign vouches for no signature of"
ANOTHER = "no matching CertificateIdentity found"  # so says cosign of a signature of somebody else
BY_DEFAULT = "--use-signing-config=true"  # since cosign 3, and so does its help say


class Signed(Check):
    """Only an image that the project's own release workflow signed is what its release says."""

    id = "container.signed"
    requires = ("quality.sync",)
    capability = "container"
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """An image is taken that nobody signed, or somebody else, or our own is refused."""
        needs_tools(subject.project)
        owner, name = subject.answers["owner"], subject.project.name
        ours, work = f"{owner}/{name}/{WORKFLOW}", subject.work / "signed"
        shutil.rmtree(work, ignore_errors=True)
        with registry(work) as place, sigstore(work) as trusted, image(subject, work) as made:
            desk = Desk(subject, trusted, made, f"{place}/acme", work)
            desk.refused("unsigned", NO_SIGNATURE)
            for case, workflow, issuer in (
                ("fork", f"{owner}-evil/{name}/{WORKFLOW}", GITHUB),
                ("workflow", f"{owner}/{name}/.github/workflows/ci.yml@refs/pull/1/merge", GITHUB),
                ("issuer", ours, "https://gitlab.com"),
            ):
                desk.sign(case, workflow, issuer)
                desk.refused(case, ANOTHER)
            desk.sign("ours", ours, GITHUB)
            desk.taken("ours", ours)


@dataclass
class Desk:
    """`just sign` and `just verify-release staging`, of one image, in a repository a case."""

    subject: Subject
    trusted: Sigstore
    image: str
    place: str
    work: Path
    pushed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the bill of materials that belongs to every release here."""
        bill = ("uv", "export", "--quiet", "--locked", "--format=cyclonedx1.5")
        made = self.subject.project.must(*bill).stdout
        (self.work / "sbom.json").write_text(made, encoding="utf-8")

    def sign(self, case: str, workflow: str, issuer: str) -> None:
        """Sign the image of a case as a workflow that an issuer vouches for."""
        as_workflow = self._as(self.trusted.workflow(workflow, issuer))
        as_workflow.must(*as_workflow.launcher, "just", "sign", self._release(case))

    def refused(self, case: str, reason: str) -> None:
        """Expect that the image of a case is not what its release says, and why."""
        done = self._verified(case)
        said = " ".join(done.log.read_text(encoding="utf-8", errors="replace").split())
        refused = done.code != 0 and REFUSED in said and reason in said
        expect(refused, f"{case}: not refused with {reason!r}: {said[-800:]}")

    def taken(self, case: str, workflow: str) -> None:
        """Expect that the image of a case is what its release says, its bill of materials too."""
        done = self._verified(case)
        expect(done.code == 0, f"{case}: refused: {done.tail()}")
        by = (f"--certificate-identity={HOST}{workflow}", f"--certificate-oidc-issuer={GITHUB}")
        bill = ("cosign", "verify-attestation", "--type=cyclonedx", *by, self.pushed[case])
        self._as(self.trusted.trusted()).must(*bill)

    def _verified(self, case: str) -> Completed:
        project = self._as(self.trusted.trusted())
        recipe = ("just", "verify-release", "staging", self._release(case))
        return project.run(*project.launcher, *recipe)

    def _as(self, variables: Mapping[str, str]) -> Project:
        project = self.subject.project
        return replace(project, environment={**project.environment, **variables})

    def _release(self, case: str) -> str:
        """Push the image to the repository of a case, and return the file that describes it."""
        file = self.work / f"{case}.json"
        if case not in self.pushed:
            self.pushed[case] = push(self.subject, self.image, f"{self.place}/{case}")
            described = RELEASE | {"image": self.pushed[case]}
            file.write_text(json.dumps(described), encoding="utf-8")
        return str(file)


def needs_tools(project: Project) -> None:
    """Raise NotVerified unless cosign takes whom it asks from TUF, and what plays them is here."""
    try:
        done = subprocess.run(["cosign", "sign", "--help"], capture_output=True, text=True)
    except FileNotFoundError:
        raise NotVerified("cosign") from None
    if BY_DEFAULT not in done.stdout:
        raise NotVerified("cosign 3")
    try:
        project.must("uvx", "--with", PACKAGE, "python", "--version")
    except StepFailed:
        raise NotVerified(PACKAGE.partition("=")[0]) from None


@contextmanager
def image(subject: Subject, work: Path) -> Iterator[str]:
    """Yield the tag of an image with nothing in it but the labels of the release."""
    folder, tag = work / "image", f"mlstamp-{subject.variant or 'subject'}:signed"
    folder.mkdir()
    lines = "".join(f"LABEL {name}={value}\n" for name, value in labels(RELEASE).items())
    (folder / "Dockerfile").write_text(f"FROM scratch\nCOPY . /\n{lines}", encoding="utf-8")
    docker(subject, "build", "--quiet", "--tag", tag, str(folder))
    try:
        yield tag
    finally:
        docker(subject, "image", "rm", "--force", tag)


def push(subject: Subject, image: str, repository: str) -> str:
    """Push an image to a repository and return it by its digest; nothing of it is left here."""
    docker(subject, "tag", image, f"{repository}:1")
    docker(subject, "push", "--quiet", f"{repository}:1")
    form = '{{join .RepoDigests " "}}'
    known = docker(subject, "image", "inspect", "--format", form, f"{repository}:1").split()
    docker(subject, "image", "rm", f"{repository}:1")
    return next(one for one in known if one.startswith(f"{repository}@"))
