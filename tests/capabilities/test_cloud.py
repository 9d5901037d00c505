"""The infrastructure of a cloud: all of it in infra/, by digest only, and none of another's."""

from __future__ import annotations

import re

import pytest

from tests.capabilities.support import left_out, matching, owned, text, traces
from tests.conftest import Rendered
from tests.support import ROOT, files

CLOUDS = {"aws": "aws", "gcp": "google", "azure": "azurerm"}
TERRAFORM = r"\bterraform\b|\bcheckov\b|\binfra/|\bhashicorp\b"
INTERFACE = {"image", "canary_image", "canary_percent"}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_its_files_are_in_infra_and_go_with_it(rendered: Rendered, cloud: str) -> None:
    on, off = (
        rendered(profile="minimal", unit_tests=True, container=True, cloud=name)
        for name in (cloud, "none")
    )
    came = files(on) - files(off)
    assert came == matching(owned(ROOT, "cloud"), files(on))
    assert matching(owned(ROOT, "cloud"), files(off)) == set()
    assert files(off) <= files(on)
    patterns = left_out(ROOT, "cloud", off) - left_out(ROOT, "cloud", on)
    assert [one for one in patterns if not matching([one], files(on))] == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_with_kubernetes_there_is_what_it_builds_upon_and_no_environment(
    rendered: Rendered, cloud: str
) -> None:
    project = rendered(profile="minimal", cloud=cloud, deploy="kubernetes")
    came = {name.split("/")[1] for name in files(project) if name.startswith("infra/")}
    assert came == {".gitignore", "bootstrap", "infra.just"}
    recipes = text(project / "infra" / "infra.just")
    assert "envs" not in recipes
    assert "modules" not in recipes
    said = text(project / "infra" / "bootstrap" / "project.tf")
    assert re.search(r"default += false", said)


def test_no_cloud_leaves_no_trace(rendered: Rendered) -> None:
    assert traces(rendered(profile="minimal", container=False, cloud="none"), TERRAFORM) == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_each_cloud_has_one_provider_and_knows_no_other(rendered: Rendered, cloud: str) -> None:
    project = rendered(profile="minimal", cloud=cloud)
    asked = {
        word
        for name in files(project)
        if name.startswith("infra/") and name.endswith(".tf")
        for word in re.findall(r'source\s+= "hashicorp/(\w+)"', text(project / name))
    }
    assert asked == {CLOUDS[cloud]}


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_each_environment_takes_and_says_what_a_release_needs(
    rendered: Rendered, cloud: str, environment: str
) -> None:
    folder = rendered(profile="minimal", cloud=cloud) / "infra" / "envs" / environment
    found = {path.name: text(path) for path in folder.iterdir()}
    assert set(re.findall(r'^variable "(\w+)"', found["variables.tf"], re.MULTILINE)) >= INTERFACE
    outputs = set(re.findall(r'^output "(\w+)"', found["main.tf"], re.MULTILINE))
    assert outputs >= {"image", "url", "canary_url"}
    assert f'environment = "{environment}"' in found["project.tf"]
    assert "staging" not in found["project.tf"] or environment == "staging"


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_values_that_come_along_are_refused_until_they_are_ones_own(
    rendered: Rendered, cloud: str
) -> None:
    project = rendered(profile="minimal", cloud=cloud)
    for folder in ("bootstrap", "envs/staging", "envs/prod"):
        values = text(project / "infra" / folder / "terraform.tfvars")
        account = re.search(r'(?:_id)\s*= "([^"]+)"', values)
        assert account
        assert f'!= "{account[1]}"' in text(project / "infra" / folder / "variables.tf")


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize(
    ("ci", "subject"),
    [
        ("github", "repo:acme/churn:environment:ENVIRONMENT"),
        ("gitlab", "project_path:acme/churn:ref_type:branch:ref:main"),
        ("none", None),
    ],
)
def test_only_the_ci_that_was_chosen_is_trusted(
    rendered: Rendered, cloud: str, ci: str, subject: str | None
) -> None:
    project = rendered(profile="minimal", cloud=cloud, ci=ci)
    said = text(project / "infra" / "bootstrap" / "project.tf")
    assert re.findall(r'subject +=\s"(.+)"', said) == ([subject] if subject else [])
    assert ("default = null" in said) == (subject is None)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_files_are_short_and_no_lock_of_one_system_comes_along(
    rendered: Rendered, cloud: str
) -> None:
    project = rendered(profile="minimal", cloud=cloud)
    names = [name for name in files(project) if name.startswith("infra/")]
    assert {n for n in names if len(text(project / n).splitlines()) > 150} == set()
    assert [n for n in names if "lock.hcl" in n or n.endswith(".tfstate")] == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_names_that_have_to_be_short_are(rendered: Rendered, cloud: str) -> None:
    name, owner = "Zoo visits-of_the coming week and after", "a" * 39
    project = rendered(profile="minimal", cloud=cloud, project_name=name, owner=owner)
    said = text(project / "infra" / "bootstrap" / "project.tf")
    found = dict(re.findall(r'variable "(\w+)" \{[^}]+?default +=\s"([^"]+)"', said))
    limits = {"state_bucket": 63, "state_account": 24, "registry": 50}
    assert {n for n, most in limits.items() if len(found.get(n, "")) > most} == set()
    backend = text(project / "infra" / "envs" / "prod" / "project.tf")
    assert (found.get("state_bucket") or found["state_account"]) in backend


def test_recipes_are_one_command_a_line_for_any_shell() -> None:
    for cloud in CLOUDS:
        recipes = text(
            ROOT / "template" / f"{{{{provider.{cloud}}}}}" / "infra" / "infra.just.jinja"
        )
        lines = [line for line in recipes.splitlines() if line.startswith("    ")]
        assert lines
        assert [line for line in lines if re.search(r"[|;&$`]|#!|\\$", line)] == []
        assert recipes.count("[group('infra')]") == 4
