"""The checks of what a CI server runs turn red on a planted fault, without any of the tools."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pytest
import yaml

from mlstamp.checks import ci, ci_tools
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.checks.workflows import Step, fault_of, steps
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.pipelines import JENKINS, PIPELINE, SHA, changed, repository, workflow


@pytest.mark.parametrize("check", [ci.Pins, ci.Rights, ci.Commands, ci.Dependabot, ci.Runbooks])
def test_a_good_repository_is_green(tmp_path: Path, check: type[ci_tools.OfCi]) -> None:
    check().run(repository(tmp_path))


def test_a_repository_without_ci_concerns_no_check_of_ci(tmp_path: Path) -> None:
    none, gitlab, github = (repository(tmp_path / s, s) for s in ("none", "gitlab", "github"))
    assert [ci.Pins().concerns(s) for s in (none, gitlab, github)] == [False, True, True]
    assert [ci.Parsers().concerns(s) for s in (none, gitlab, github)] == [False, False, True]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"@{SHA} # v7.0.1", "@v7 # v7.0.1"),
        (f"@{SHA} # v7.0.1", f"@{SHA}"),
        (f"@{SHA} # v7.0.1", f"@{SHA[:-1]} # v7.0.1"),
        (f"@{SHA} # v7.0.1", f"@{SHA} # newest"),
        ("$/.github/actions/setup", "./.github/actions/setup"),
    ],
)
def test_an_action_that_is_not_pinned_is_red(tmp_path: Path, before: str, after: str) -> None:
    with pytest.raises(Failed, match=r"ci\.yml:\d+ "):
        ci.Pins().run(repository(tmp_path, files=workflow(before, after)))


def test_an_image_without_a_digest_is_red(tmp_path: Path) -> None:
    good = {".gitlab-ci.yml": PIPELINE}
    ci.Pins().run(repository(tmp_path / "good", "gitlab", good))
    bad = {".gitlab-ci.yml": PIPELINE.replace(f"@sha256:{'0' * 64}", "")}
    with pytest.raises(Failed, match=r"image python:3\.13-slim"):
        ci.Pins().run(repository(tmp_path / "bad", "gitlab", bad))


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("permissions: {}", "permissions: read-all", "permissions: {} is not at the top"),
        ("permissions: {}\n", "", "permissions: {} is not at the top"),
        ("concurrency: ci\n", "", "no concurrency group"),
        ("    permissions:\n      contents: read\n", "", "check: no permissions"),
        ("    timeout-minutes: 5\n", "", "check: no time limit"),
        ("    timeout-minutes: 5\n", "    timeout-minutes: 5\n    secrets: inherit\n", "inherit"),
        ("persist-credentials: false", "persist-credentials: true", "credentials stay"),
        ("        with:\n          persist-credentials: false\n", "", "credentials stay"),
    ],
)
def test_a_job_with_more_rights_than_it_needs_is_red(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    with pytest.raises(Failed, match=fault):
        ci.Rights().run(repository(tmp_path, files=workflow(before, after)))


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("contents: read", "contents: write", "check: contents: write, which no step needs"),
        ("contents: read", "checks: write", "check: checks: write, which no step needs"),
        ("contents: read\n", "contents: write # just publish\n", "no step needs"),
        ("contents: read", "packages: write", "check: publishes what a cache may have brought"),
    ],
)
def test_a_right_to_write_without_a_use_and_a_release_from_a_cache_are_red(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    subject = repository(tmp_path, files=workflow(before, after))
    assert not ci.LeastRights().concerns(subject)  # of a repository in use its owner knows
    with pytest.raises(Failed, match=fault):
        ci.LeastRights().run(subject)


def test_a_right_that_a_step_needs_is_fine_and_so_is_a_release_without_a_cache(
    tmp_path: Path,
) -> None:
    setup = "      - uses: $/.github/actions/setup\n"
    login = f"      - uses: docker/login-action@{SHA} # v4.1.0\n"
    told = f'{setup}        with:\n          remember: "false"\n{login}'
    texts = workflow(setup, told)
    name = ".github/workflows/ci.yml"
    texts[name] = texts[name].replace("contents: read", "packages: write")
    ci.LeastRights().run(repository(tmp_path, files=texts))


def test_a_setup_that_remembers_whatever_it_is_told_is_red(tmp_path: Path) -> None:
    name = ".github/actions/setup/action.yml"
    subject = repository(tmp_path, files=changed(name, "${{ inputs.remember }}", "true"))
    with pytest.raises(Failed, match="takes from a cache whatever it is told"):
        ci.LeastRights().run(subject)


@pytest.mark.parametrize(
    ("run", "fault"),
    [
        ("uv run just check\nuv run just sign", "more than one line"),
        ("uv run just summary ${{ github.ref }}", "an expression"),
        ("make check", "is no recipe"),
        ("uv run just", "is no recipe"),
        ("uv run just chek", "no recipe chek"),
        ("uv run just deploy", "gets 0 arguments"),
        ("uv run just check now", "gets 1 arguments"),
        ('uv run just summary "open', "is no recipe"),
        ("uv sync", "is no recipe"),
    ],
)
def test_a_command_with_logic_of_its_own_has_a_fault(run: str, fault: str) -> None:
    known = {"check": (0, 0), "summary": (0, 1), "deploy": (1, 1)}
    assert fault in fault_of(Step("here", run), known)


def test_commands_are_found_in_the_files_of_every_server(tmp_path: Path) -> None:
    github = list(steps(repository(tmp_path / "a")))
    assert [s.run for s in github] == [
        "uv sync --locked",
        "uv run just check",
        'uv run just summary "$PAGE"',
    ]
    assert github[-1].variables == {"PAGE": "found.md"}
    gitlab = steps(repository(tmp_path / "b", "gitlab", {".gitlab-ci.yml": PIPELINE}))
    assert [s.recipe for s in gitlab] == ["", "", "check"]
    jenkins = steps(repository(tmp_path / "c", "jenkins", {"Jenkinsfile": JENKINS}))
    assert [s.recipe for s in jenkins] == ["check"]


@pytest.mark.parametrize(
    ("server", "name", "text"),
    [
        ("gitlab", ".gitlab-ci.yml", PIPELINE.replace("just check", "just chek")),
        ("jenkins", "Jenkinsfile", JENKINS.replace("just check", "just chek")),
        ("jenkins", "Jenkinsfile", "pipeline {}\n"),
    ],
)
def test_a_recipe_that_is_not_there_is_red_for_every_server(
    tmp_path: Path, server: str, name: str, text: str
) -> None:
    with pytest.raises(Failed, match=r"no recipe chek|no command"):
        ci.Commands().run(repository(tmp_path, server, {name: text}))


@pytest.mark.parametrize(
    ("check", "recipe"), [(ci.Scan, "scan-workflows"), (ci.Secrets, "secrets")]
)
def test_what_a_scanner_finds_is_red_and_an_absent_scanner_is_said(
    tmp_path: Path, check: type[ci_tools.OfCi], recipe: str
) -> None:
    check().run(repository(tmp_path / "good"))
    with pytest.raises(StepFailed, match=recipe):
        check().run(repository(tmp_path / "bad", broken=(recipe,)))
    with pytest.raises(NotVerified, match=r"zizmor|detect-secrets"):
        check().run(repository(tmp_path / "absent", broken=("--version",)))


def test_licences_types_and_dependabot_are_red_when_their_tool_says_so(tmp_path: Path) -> None:
    for number, (check, word) in enumerate(
        [(ci.Licences, "licences"), (ci.Scripts, "mypy"), (ci.Dependabot, "vendor.dependabot")]
    ):
        check().run(repository(tmp_path / f"good{number}"))
        with pytest.raises(StepFailed, match=word):
            check().run(repository(tmp_path / f"bad{number}", broken=(word,)))


def test_a_version_that_is_taken_on_its_first_day_is_red(tmp_path: Path) -> None:
    hasty = changed(".github/dependabot.yml", "    cooldown: { default-days: 7 }\n", "")
    with pytest.raises(Failed, match="no week of grace: uv"):
        ci.Dependabot().run(repository(tmp_path, files=hasty))


@pytest.mark.parametrize("grace", ['{"minimumReleaseAge": "2 days"}', "{}"])
def test_a_version_that_renovate_takes_too_early_is_red(tmp_path: Path, grace: str) -> None:
    fine = {"renovate.json": '{"minimumReleaseAge": "7 days"}'}
    ci.Renovate().run(repository(tmp_path / "fine", "gitlab", fine))
    with pytest.raises(StepFailed, match="check-jsonschema"):
        ci.Renovate().run(
            repository(tmp_path / "wrong", "gitlab", fine, broken=("vendor.renovate",))
        )
    with pytest.raises(Failed, match="no week of grace"):
        ci.Renovate().run(repository(tmp_path / "hasty", "gitlab", {"renovate.json": grace}))


def test_a_vulnerability_is_red_and_a_silent_database_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = repository(tmp_path)
    ci.Audit().run(subject)
    for said, ending in (("ERROR:pip_audit: no answer", NotVerified), ("GHSA-1", StepFailed)):

        def recipe(name: str, timeout: float = 0, said: str = said) -> Completed:
            raise StepFailed(f"{name} {timeout}: {said}")

        monkeypatch.setattr(subject.project, "recipe", recipe)
        with pytest.raises(ending):
            ci.Audit().run(subject)


def test_what_a_parser_says_is_red_but_for_what_an_old_one_cannot_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ci, "node_packages", lambda *_: tmp_path)

    def said(tool: str, message: str) -> Subject:
        found = [{"tool": tool, "name": "ci.yml", "line": 3, "message": message}]
        return repository(tmp_path / message[:5], node=json.dumps(found))

    ci.Parsers().run(said("actionlint", 'label "ubuntu-24.04" is unknown. available labels are'))
    for tool in ("actionlint", "GitHub's parser"):
        with pytest.raises(Failed, match=r"ci\.yml:3 Unexpected value"):
            ci.Parsers().run(said(tool, "Unexpected value 'step'"))
    with pytest.raises(Failed, match="label"):
        ci.Parsers().run(said("GitHub's parser", 'label "ubuntu-24.04" is unknown.'))


def test_packages_of_npm_are_installed_once_and_their_absence_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda tool: tool)
    project = repository(tmp_path / "a", broken=("absent@1",)).project
    with pytest.raises(NotVerified, match="npm's absent@1"):
        ci_tools.node_packages(project, ("absent@1",))
    for _ in range(2):
        folder = ci_tools.node_packages(project, ("here@1",))
    assert (folder / "package.json").is_file()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotVerified, match="node"):
        ci_tools.node_packages(project, ("here@1",))


@pytest.mark.parametrize(
    ("rules", "page"),
    [(("Late", "Gone"), "## Late\n"), (("Late",), "## Late\n## Old\n"), (("Late",), "")],
)
def test_an_alert_without_its_place_in_the_runbook_is_red(
    tmp_path: Path, rules: tuple[str, ...], page: str
) -> None:
    groups = {"groups": [{"name": "all", "rules": [{"alert": name} for name in rules]}]}
    files = {
        "deploy/monitoring/rules/all.yml": yaml.safe_dump(groups),
        "docs/runbooks/alerts.md": page,
    }
    with pytest.raises(Failed, match=r"Gone|Old|Late"):
        ci.Runbooks().run(repository(tmp_path, files=files))
