"""What stops on its way to a cluster: an image without a signature, a secret that is not there.

The recipe, the project's code and kubectl are real; docker and the cluster are played, and so is
cosign, in words that `container.signed` hears from a real one: so no registry is needed here.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace

from ..cluster import Cluster, cluster
from ..project import Completed, Project
from .base import NotVerified, Subject, expect
from .kubernetes import KubernetesCheck, tree
from .released import RELEASE, SCRIPTS_RUN, SIGNER, labels, play

NO_SIGNATURE = "no signatures found"
# As cosign 3 ends for an image that nobody signed.
UNSIGNED = f"Error: {NO_SIGNATURE}\nerror during command execution: {NO_SIGNATURE}\n"
UNSIGNED_CODE = 10
PATIENCE = 60.0  # seconds for a recipe that waits for the cluster


class Refuses(KubernetesCheck):
    """No deployment touches a cluster with an unsigned image, or where a secret is missing."""

    id = "kubernetes.refusals"
    requires = ("quality.sync", "kubernetes.builds")
    capability = "monitoring"  # whose database is what needs a secret

    def run(self, subject: Subject) -> None:
        """A deployment goes on that should stop, or does not say why it stops."""
        if not SCRIPTS_RUN:
            raise NotVerified("programs that are played by scripts")
        with cluster() as made:
            deployment = Deployment(subject, made)
            deployment.refused("cosign vouches for no signature", signed=False)
            expect(not made.asked, f"asked for an unsigned image: {made.asked}")
            deployment.refused("There is no secret log with ")
            secrets = f"{deployment.namespace}/log"
            made.secrets[secrets] = {"url": ""}
            deployment.refused("edit secret log`, then deploy again. Nothing was changed.")
            made.secrets[secrets] = dict.fromkeys(("alerts", "github", "token", "url"), "")
            deployment.refused("rollout")  # which this cluster does not know


@dataclass
class Deployment:
    """Recipes that change an environment, in a folder whose overlay of prod asks for all it can."""

    subject: Subject
    cluster: Cluster
    environment: str = "prod"

    def __post_init__(self) -> None:
        """Lay out the folder: manifests, settings, a release."""
        self.folder = self.subject.work / "kubernetes" / f"deploy-{self.environment}"
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(tree(self.subject), self.folder / "deploy" / "kubernetes")
        shutil.copytree(self.subject.root / "config", self.folder / "config")
        (self.folder / "release.json").write_text(json.dumps(RELEASE), encoding="utf-8")
        self.namespace = f"{self.subject.project.name}-{self.environment}"
        self.project = self._project()

    def refused(self, sentence: str, signed: bool = True) -> None:
        """Expect that it stops with a sentence, and that the cluster was only read."""
        signature = (0, "") if signed else (UNSIGNED_CODE, UNSIGNED)
        play(self.folder / "bin" / "cosign", *signature)
        play(self.folder / "bin" / "docker", said=json.dumps(labels(RELEASE)))
        done = self.just("deploy", "release.json")
        said = " ".join(done.log.read_text(encoding="utf-8", errors="replace").split())
        expect(done.code != 0 and sentence in said, f"not refused with {sentence!r}: {said[-800:]}")
        changes = [one for one in self.cluster.asked if not one.startswith("GET ")]
        expect(not changes, f"changed before it was refused: {changes}")

    def just(self, recipe: str, file: str, **settings: str) -> Completed:
        """Run a recipe with a release, as its users do, with these settings of the delivery."""
        recipes = (self.subject.root / "justfile").as_posix()
        place = ("--justfile", recipes, "--working-directory", self.folder.as_posix())
        given = {f"{self.prefix}{name}": value for name, value in settings.items()}
        project = replace(self.project, environment=self.project.environment | given)
        command = (*project.launcher, "just", *place, recipe, self.environment, file)
        return project.run(*command, timeout=PATIENCE)

    @property
    def prefix(self) -> str:
        """How the variables begin that hold the settings of the delivery."""
        return f"{self.subject.project.package.upper()}_OPTIONS__DELIVERY__"

    def _project(self) -> Project:
        own = {
            "UV_PROJECT": str(self.subject.root),
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            f"{self.prefix}SIGNED_BY": SIGNER,
            **self.cluster.configuration(self.folder, self.namespace),
        }
        project = self.subject.project
        return replace(project, environment=project.environment | own)
