"""What a pipeline does to reach a cluster: the step of the CI server, and kubectl after it.

The step, the recipe, kubectl and the tools of the clouds are real. Played are the cluster, which
speaks TLS and lets only in who shows the right token, the CI server that says who a job is, and
what the clouds' APIs tell of a cluster.
"""

from __future__ import annotations

import base64
import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from ..api import Reply, Request, answering_with, in_json
from ..azure import CLIENT, RUNS, TENANT, Azure, token
from ..cluster import Cluster, cluster
from ..project import Project
from ..stand_in import certified, serving
from .base import Subject, expect
from .ci_logins import in_azure, rendered
from .kubernetes import KubernetesCheck
from .monitoring_stack import needs
from .workflows import Step, steps

ENVIRONMENT = "staging"
OWNER, NAME, REGION = "acme", "ours", "eu-west-1"
IDENTITY, ASKER, GIVEN = "/identity", "asker", "given.to.this.job"


Reached = tuple[Project, str]


@dataclass(frozen=True)
class There:
    """A cluster as a job sees it: its address, its certificate in base64, and who tells of it."""

    server: str
    authority: str
    folder: Path  # of the project
    api: str = ""  # of the CI server, or of the cloud


class LogsIn(KubernetesCheck):
    """One kind of cluster; `ci` is the server whose pipeline has the step."""

    requires = ("quality.sync",)
    only_for = ("deploy-kubernetes",)
    needs_template = True
    cloud: ClassVar[str] = "none"
    ci: ClassVar[str] = "github"
    programs: ClassVar[tuple[str, ...]] = ()
    shows: ClassVar[str] = GIVEN  # a pattern for the token

    def run(self, subject: Subject) -> None:
        """After the log-in of a pipeline kubectl does not reach the cluster it deploys to."""
        for program in ("kubectl", "openssl", *self.programs):
            needs(program)
        project = rendered(subject, f"cluster-{self.cloud}", ci=self.ci, cloud=self.cloud)
        shown = certified(project.root, "IP:127.0.0.1")
        authority = base64.b64encode(shown[0].read_bytes()).decode()
        with cluster(admits=self.shows, shown=shown) as made:
            there = There(made.url, authority, project.root)
            with self.asked(subject, project, there) as (own, api):
                given = self.given(replace(there, api=api))
                logged_in(replace(subject, project=own), made, given)

    @contextmanager
    def asked(self, subject: Subject, project: Project, there: There) -> Iterator[Reached]:
        """Yield the project, and the address of the API that tells of the cluster."""
        del subject
        with serving(answering_with(partial(reply, self.said(there)))) as api:
            yield project, api

    def said(self, there: There) -> Mapping[str, Any]:
        """Return what that API answers, by path: nothing, where there is none."""
        del there
        return {}

    @abstractmethod
    def given(self, there: There) -> dict[str, str]:
        """Return the variables that the step has, and a job of that server or cloud."""


class Own(LogsIn):
    """A pipeline reaches a cluster of one's own by the identity that its server gives."""

    id = "kubernetes.login"

    def said(self, there: There) -> Mapping[str, Any]:
        """A token for whoever may ask, and says for whom it is."""
        del there
        return {IDENTITY: {"value": GIVEN}}

    def given(self, there: There) -> dict[str, str]:
        """Its address, its certificate, and where a job of GitHub gets its token."""
        return {
            "ENVIRONMENT": ENVIRONMENT,
            "SERVER": there.server,
            "AUTHORITY": there.authority,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{there.api}{IDENTITY}?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": ASKER,
        }


class Eks(LogsIn):
    """A pipeline reaches a cluster of AWS by the role that it has there."""

    id = "kubernetes.eks"
    cloud = "aws"
    programs = ("aws",)
    shows = r"k8s-aws-v1\.[\w-]+"  # signed here; AWS alone could tell by whom

    def said(self, there: There) -> Mapping[str, Any]:
        """Tell what EKS tells of a cluster."""
        shown = {"endpoint": there.server, "certificateAuthority": {"data": there.authority}}
        about = {"name": NAME, "arn": f"arn:aws:eks:{REGION}:123456789012:cluster/{NAME}"}
        return {f"/clusters/{NAME}": {"cluster": {**about, **shown, "status": "ACTIVE"}}}

    def given(self, there: There) -> dict[str, str]:
        """Its name, who the job is, and where AWS is."""
        return {
            "ENVIRONMENT": ENVIRONMENT,
            "CLUSTER": NAME,
            "AWS_ENDPOINT_URL": there.api,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": str(there.folder / "none"),
        }


class Gke(LogsIn):
    """A pipeline reaches a cluster of Google Cloud by the account that it acts for."""

    id = "kubernetes.gke"
    cloud, ci = "gcp", "gitlab"  # on GitHub an action of Google's own does it
    programs = ("gcloud", "gke-gcloud-auth-plugin")

    def said(self, there: There) -> Mapping[str, Any]:
        """Tell what GKE tells of a cluster."""
        about = {"name": NAME, "status": "RUNNING", "location": REGION, "zone": REGION}
        place = {"endpoint": urlsplit(there.server).netloc}
        shown = {"masterAuth": {"clusterCaCertificate": there.authority}}
        path = f"/v1/projects/{OWNER}/locations/{REGION}/clusters/{NAME}"
        return {path: {**about, **place, **shown}}

    def given(self, there: There) -> dict[str, str]:
        """Its name and location, who the job is, and where Google Cloud is."""
        token = there.folder / "token"
        token.write_text(GIVEN, encoding="utf-8")
        return {
            "CI_ENVIRONMENT_NAME": ENVIRONMENT,
            "CLUSTER": NAME,
            "CLUSTER_PLACE": REGION,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER": f"{there.api}/",
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
            "CLOUDSDK_CONFIG": str(there.folder / "gcloud"),
            "CLOUDSDK_CORE_PROJECT": OWNER,
        }


class Aks(LogsIn):
    """A pipeline reaches a cluster of Azure by the identity that Azure knows it by."""

    id = "kubernetes.aks"
    cloud = "azure"
    shows = re.escape(token(RUNS))

    @contextmanager
    def asked(self, subject: Subject, project: Project, there: There) -> Iterator[Reached]:
        """Yield the project once `az` is logged in, as it is after the step before."""
        cloud = Azure(GIVEN, cluster=NAME, kubeconfig=of_azure(there))
        who = ("--service-principal", f"--username={CLIENT}", f"--tenant={TENANT}")
        with in_azure(subject, project, cloud) as own:
            own.must("az", "login", *who, f"--federated-token={GIVEN}", "--output=none")
            yield own, ""

    def given(self, there: There) -> dict[str, str]:
        """Its name, and the group that it is in."""
        del there
        return {"ENVIRONMENT": ENVIRONMENT, "CLUSTER": NAME, "GROUP": OWNER}


def of_azure(there: There) -> dict[str, Any]:
    """Return what AKS gives whoever may use a cluster: who that is, kubelogin would find out."""
    asks = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "kubelogin"}
    words = ["get-token", "--login", "devicecode", "--server-id", RUNS]
    shown = {"server": there.server, "certificate-authority-data": there.authority}
    user = f"clusterUser_{OWNER}_{NAME}"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": NAME, "cluster": shown}],
        "users": [{"name": user, "user": {"exec": {**asks, "args": words}}}],
        "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": user}}],
        "current-context": NAME,
    }


def logged_in(subject: Subject, made: Cluster, given: Mapping[str, str]) -> None:
    """Run the step that logs in; expect that kubectl then reaches the namespace of the context."""
    name = f"{subject.project.name}-{ENVIRONMENT}"
    made.answer("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    own = {"KUBECONFIG": str(subject.root / "kubeconfig"), **given}
    project = replace(subject.project, environment={**subject.project.environment, **own})
    step = step_of(subject)
    known = {name: given[name] for name in step.variables or given if name in given}
    for _ in range(2):  # the next deployment logs in where this one has
        project.must(*(known.get(word.removeprefix("$"), word) for word in step.words))
    asked = ("kubectl", f"--context={name}", "get", "namespace", name, "--output=name")
    said = project.must(*project.launcher, *asked).stdout
    expect(said.strip() == f"namespace/{name}", f"kubectl found {said!r}")


def step_of(subject: Subject) -> Step:
    """Return the step with which a pipeline of this project logs in to a cluster."""
    found = {step.run: step for step in steps(subject) if step.recipe == "cluster-login"}
    expect(len(found) == 1, f"{len(found)} steps log in to a cluster")
    return found.popitem()[1]


def reply(known: Mapping[str, Any], asked: Request) -> Reply:
    """Return what is known of a path; a token is only for Kubernetes, and for the job."""
    job = asked.authorization == f"Bearer {ASKER}" and asked.query.get("audience") == "kubernetes"
    if asked.path not in known or (asked.path == IDENTITY and not job):
        return in_json({}, 404)
    return in_json(known[asked.path])
