"""What runs the checks and the releases: GitHub, GitLab, Jenkins or nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.capabilities.support import matching, owned, text, traces
from tests.conftest import Rendered
from tests.support import files

SERVERS = {"github": ".github", "gitlab": ".gitlab-ci.yml", "jenkins": "Jenkinsfile"}
WORDS = {
    "github": r"\.github/|\bGITHUB_|\bgh (run|pr|release)\b",
    "gitlab": "gitlab",
    "jenkins": "jenkins",
}


def names(project: Path) -> set[str]:
    """Return the files that a CI server brings along."""
    return {n for n in files(project) if n.startswith((".github/", "deploy/ci"))}


@pytest.mark.parametrize("server", SERVERS)
def test_each_server_brings_its_own_files_and_none_of_another(
    rendered: Rendered, server: str
) -> None:
    project = rendered(profile="everything", ci=server)
    for other, name in SERVERS.items():
        assert (project / name).exists() == (other == server)
    for one in ("SECURITY.md", "docs/threat-model.md", "deploy/ci.just"):
        assert (project / one).is_file()


@pytest.mark.parametrize("server", ["gitlab", "jenkins", "none"])
def test_github_leaves_no_trace_where_another_or_nobody_is_asked(
    rendered: Rendered, server: str
) -> None:
    # Retraining may ask GitHub for a run, whoever does the rest.
    project = rendered(profile="everything", ci=server, license="none", retraining=False)
    assert traces(project, WORDS["github"]) == []


@pytest.mark.parametrize("server", ["gitlab", "jenkins"])
def test_gitlab_and_jenkins_leave_no_trace_on_github(rendered: Rendered, server: str) -> None:
    project = rendered(profile="everything")
    assert traces(project, WORDS[server]) == []


def test_without_ci_there_is_nothing_of_it(rendered: Rendered) -> None:
    off = rendered(profile="everything", ci="none")
    assert names(off) == set()
    assert not (off / "SECURITY.md").exists()
    assert "deploy/ci.just" not in text(off / "justfile")
    minimal = files(rendered(profile="minimal"))
    assert [name for name in minimal if name.startswith((".github/", "deploy/", "docs/"))] == []


def test_its_manifest_dangles_nowhere(template: Path, rendered: Rendered) -> None:
    own_cluster = {"cloud": "none", "deploy": "kubernetes"}
    found = {
        name
        for server in SERVERS
        for answers in ({}, own_cluster)
        for name in files(rendered(profile="everything", ci=server, **answers))
    }
    patterns = owned(template, "ci")
    assert [pattern for pattern in patterns if not matching([pattern], found)] == []


def test_workflows_come_with_what_they_are_about(rendered: Rendered) -> None:
    def workflows(**answers: object) -> set[str]:
        folder = rendered(ci="github", **answers) / ".github" / "workflows"
        return {path.stem for path in folder.glob("*.yml")}

    always = {"ci", "train"}
    image = always | {"drift", "image", "release"}
    assert workflows(retraining=False) == image - {"drift"}
    assert workflows(profile="minimal") == always
    assert workflows() == image
    assert workflows(deploy="kubernetes") == image | {"deploy", "rollback"}
    assert workflows(cloud="gcp") == image | {"deploy", "rollback", "infra"}


@pytest.mark.parametrize("cloud", ["none", "aws", "gcp", "azure"])
@pytest.mark.parametrize("deploy", ["service", "kubernetes"])
def test_every_local_action_is_there_and_gets_the_inputs_that_it_asks_for(
    rendered: Rendered, cloud: str, deploy: str
) -> None:
    project = rendered(cloud=cloud, deploy=deploy)
    for path in (project / ".github" / "workflows").glob("*.yml"):
        for job in yaml.safe_load(text(path))["jobs"].values():
            for step in [job, *job.get("steps", [])]:
                if step.get("uses", "").startswith("$/.github/actions/"):
                    action = project / step["uses"].removeprefix("$/") / "action.yml"
                    inputs = yaml.safe_load(text(action)).get("inputs", {})
                    needed = {name for name, one in inputs.items() if one.get("required")}
                    assert needed <= set(step.get("with", {})) <= set(inputs), path.name


@pytest.mark.parametrize("cloud", ["none", "aws"])
def test_dependabot_looks_after_what_is_there(rendered: Rendered, cloud: str) -> None:
    def kinds(**answers: object) -> set[str]:
        page = yaml.safe_load(text(rendered(**answers) / ".github" / "dependabot.yml"))
        return {one["package-ecosystem"] for one in page["updates"]}

    base = {"github-actions", "uv"}
    assert kinds(profile="minimal", ci="github") == base
    images = {"docker", "docker-compose"}
    assert kinds(cloud=cloud) == base | images | ({"terraform"} if cloud == "aws" else set())
