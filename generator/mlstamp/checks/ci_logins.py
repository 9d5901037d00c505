"""How a pipeline reaches a registry and a cloud: by the recipes, and the clouds' own tools.

The registry asks for a name and a password, as real ones do; what the clouds' APIs say is played.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from ..api import Reply, Request, answering_with
from ..azure import CLIENT, TENANT, Azure, reachable
from ..azure import PACKAGE as AZURE_CLI
from ..project import Project
from ..render import render
from ..source import Source, git
from ..stand_in import serving
from .base import NotVerified, Subject, expect
from .ci_tools import OfCi, program_of

IDENTITY = "said.by.gitlab"  # the token that says which job this is
PASSWORD = "of-this-hour"  # noqa: S105 - of a registry that is played
NOBODY = "00000000-0000-0000-0000-000000000000"  # as whom `az` logs in where a token says who
# Tells `az` that an engine answers; docker logs in without one.
NO_ENGINE = """\
#!{}
import os, sys
if sys.argv[1:] != ["ps"]:
    os.execvp("docker", ["docker", *sys.argv[1:]])
"""
KEYS = """\
<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>ASIAOFATEST</AccessKeyId><SecretAccessKey>key</SecretAccessKey>
<SessionToken>session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>
"""


@dataclass
class There:
    """A project with its pipeline, and what that asks: a registry, and the API of AWS."""

    project: Project
    url: str = ""
    logins: list[str] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """Its folder."""
        return self.project.root

    @property
    def repository(self) -> str:
        """The name of an image in this registry, without a tag."""
        return f"{urlsplit(self.url).netloc}/acme/churn"

    def answer(self, request: Request) -> Reply:
        """Return what a registry says to who comes without a body, and a cloud to the others."""
        if request.method == "POST":
            target = request.headers.get("X-Amz-Target", "")
            return Reply(200, self.cloud(target, request.body.decode()).encode())
        # It says no, and how to ask, until it is told a password.
        known = self.registry(request.authorization)
        headers = {
            "Docker-Distribution-Api-Version": "registry/2.0",
            "WWW-Authenticate": 'Basic realm="ours"',
        }
        return Reply(200 if known else 401, headers=headers)

    def registry(self, authorization: str) -> bool:
        """Tell whether somebody may come in, and note who has."""
        said = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        self.logins += [said] if said.endswith(f":{PASSWORD}") else []
        return said.endswith(f":{PASSWORD}")

    def cloud(self, target: str, body: str) -> str:
        """Return what AWS says: a password for its registry, or keys for an identity."""
        if target.endswith("GetAuthorizationToken"):
            token = base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
            return json.dumps({"authorizationData": [{"authorizationToken": token}]})
        self.identities += parse_qs(body).get("WebIdentityToken", [])
        return KEYS


class LogsIn(OfCi):
    """A pipeline's way to one kind of registry, with the tools that it needs."""

    requires = ("quality.sync",)
    only_for = ("everything",)  # with whose other answers the pipeline is rendered
    needs_template = True
    cloud: ClassVar[str]
    tools: ClassVar[tuple[str, ...]]

    def run(self, subject: Subject) -> None:
        """A log-in of a pipeline fails, or gives its tools another identity or password."""
        for tool in self.tools:
            if shutil.which(tool) is None:
                raise NotVerified(tool)
        with self.place(subject) as there:
            given = {"DOCKER_CONFIG": str(there.root / "docker"), **self.given(there)}
            own = {**there.project.environment, **given}
            project = replace(there.project, environment=own)
            for recipe, *words in self.recipes(there):
                project.must(*project.launcher, "just", recipe, *words)
            self.holds(there)

    @contextmanager
    def place(self, subject: Subject) -> Iterator[There]:
        """Yield the project as it is with GitLab and this cloud, and who is asked."""
        there = There(of_pipeline(subject, self.cloud))
        with serving(answering_with(there.answer)) as there.url:
            yield there

    @abstractmethod
    def given(self, there: There) -> dict[str, str]:
        """Return the variables that a job of this pipeline has."""

    def recipes(self, there: There) -> tuple[tuple[str, ...], ...]:
        """Return the recipes that log in, in their order."""
        return ("cloud-login",), ("registry-login", there.repository)

    @abstractmethod
    def holds(self, there: There) -> None:
        """Expect that what comes after the log-ins finds what it needs."""


class Aws(LogsIn):
    """A job's identity becomes keys of AWS, and these the password of its registry."""

    id = "ci.aws"
    cloud = "aws"
    tools = ("aws", "docker")

    def given(self, there: There) -> dict[str, str]:
        """Return what GitLab sets for AWS."""
        return {
            "CLOUD_TOKEN": IDENTITY,
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/acme-churn",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(there.root / "dist" / "cloud-token"),
            "AWS_ENDPOINT_URL": there.url,
            "AWS_CONFIG_FILE": str(there.root / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(there.root / "none"),
        }

    def holds(self, there: There) -> None:
        """Expect the identity at the one, the password at the other."""
        expect(there.identities == [IDENTITY], f"AWS was shown {there.identities}")
        expect(there.logins == [f"AWS:{PASSWORD}"], f"the registry was shown {there.logins}")


class GoogleCloud(LogsIn):
    """A job's identity is where Google's tools look for it, from whatever folder they start."""

    id = "ci.gcp"
    cloud = "gcp"
    tools = ("gcloud",)
    host = "europe-west1-docker.pkg.dev"  # it takes no other than Google's own

    def given(self, there: There) -> dict[str, str]:
        """Return what GitLab sets for Google Cloud."""
        trust = "projects/123/locations/global/workloadIdentityPools/ci/providers/gitlab"
        return {
            "CLOUD_TOKEN": IDENTITY,
            "CLOUD_TRUST": trust,
            "CLOUD_ROLE": "ci@acme.iam.gserviceaccount.com",
            "CLOUDSDK_CONFIG": str(there.root / "gcloud"),
        }

    def recipes(self, there: There) -> tuple[tuple[str, ...], ...]:
        """Return those that log in to Google's own registry."""
        del there
        return ("cloud-login",), ("registry-login", f"{self.host}/acme/churn/service")

    def holds(self, there: There) -> None:
        """Expect a file that Terraform finds in another folder, and docker led to gcloud."""
        found = json.loads((there.root / "dist" / "cloud.json").read_text(encoding="utf-8"))
        token = Path(found["credential_source"]["file"])
        expect(token.is_absolute(), f"the token is in {token}, of whatever folder one is in")
        expect(token.read_text(encoding="utf-8") == IDENTITY, "the token is another")
        docker = json.loads((there.root / "docker" / "config.json").read_text(encoding="utf-8"))
        expect(docker["credHelpers"] == {self.host: "gcloud"}, f"docker is led to {docker}")


class InAzure(LogsIn):
    """A job's identity becomes a log-in of Azure, and this one of its registry."""

    id = "ci.azure"
    cloud = "azure"
    tools = ("docker", "openssl")

    @contextmanager
    def place(self, subject: Subject) -> Iterator[There]:
        """Yield the project, and an Azure that knows its job."""
        cloud = Azure(IDENTITY, password=PASSWORD)
        with in_azure(subject, of_pipeline(subject, self.cloud), cloud) as project:
            yield There(project, f"https://{cloud.store}", cloud.logins)

    def given(self, there: There) -> dict[str, str]:
        """Return what GitLab sets for Azure, and a docker that `az` finds good."""
        passes = there.root / "engineless"  # not docker itself, which it goes on to
        passes.write_text(NO_ENGINE.format(sys.executable), encoding="utf-8")
        passes.chmod(0o755)
        own = {"CLOUD_TOKEN": IDENTITY, "CLOUD_TRUST": TENANT, "CLOUD_ROLE": CLIENT}
        # An engine would log in on its own, where our Azure is not.
        docker = {"DOCKER_COMMAND": str(passes), "DOCKER_HOST": f"unix://{there.root}/none"}
        return own | docker

    def holds(self, there: There) -> None:
        """Expect the password that the registry gives for a token of Azure."""
        expect(there.logins == [f"{NOBODY}:{PASSWORD}"], f"the registry was shown {there.logins}")


class OwnRegistry(LogsIn):
    """A job reaches GitLab's own registry by the name and the password that it is given."""

    id = "ci.registry"
    cloud = "none"
    tools = ("docker",)

    def given(self, there: There) -> dict[str, str]:
        """Return what GitLab sets for its registry."""
        del there
        return {"CI_REGISTRY_USER": "job", "CI_REGISTRY_PASSWORD": PASSWORD}

    def recipes(self, there: There) -> tuple[tuple[str, ...], ...]:
        """Return the one that there is."""
        return (("registry-login", there.repository),)

    def holds(self, there: There) -> None:
        """Expect what GitLab gave."""
        expect(there.logins == [f"job:{PASSWORD}"], f"the registry was shown {there.logins}")


def of_pipeline(subject: Subject, cloud: str) -> Project:
    """Return the project as it is with GitLab and this cloud."""
    return rendered(subject, f"login-{cloud}", ci="gitlab", cloud=cloud, deploy="service")


@contextmanager
def in_azure(subject: Subject, project: Project, cloud: Azure) -> Iterator[Project]:
    """Yield a project for which `az` is the real one, and its Azure this one."""
    if os.name != "posix":
        raise NotVerified("az, which is found here by a link to its program")
    programs = project.root / "bin"
    programs.mkdir()
    (programs / "az").symlink_to(program_of(subject.project, AZURE_CLI, "az"))
    path = os.pathsep.join((str(programs), project.environment.get("PATH", os.environ["PATH"])))
    with reachable(cloud, project.root) as given:
        yield replace(project, environment={**project.environment, **given, "PATH": path})


def rendered(subject: Subject, name: str, **answers: str) -> Project:
    """Return the project with other answers, in a folder of this name, and with a home of its own.

    It runs in the environment of the subject.
    """
    folder = subject.work / name
    shutil.rmtree(folder, ignore_errors=True)
    render(Source(str(subject.template)), folder, {**subject.answers, **answers})
    git("init", "--quiet", cwd=folder)
    # The tools of a cloud keep what they learn in the home folder; uv goes on with its cache.
    cache = subject.project.must("uv", "cache", "dir").stdout.strip()
    own = {"HOME": str(folder), "UV_CACHE_DIR": cache, "UV_PROJECT": str(subject.root)}
    environment = {**subject.project.environment, **own}
    return replace(subject.project, root=folder, environment=environment)
