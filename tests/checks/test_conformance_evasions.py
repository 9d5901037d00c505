"""Ways round the checks of a project in use are found, and what only looks like one is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlstamp.checks import bars
from mlstamp.source import git
from tests.in_use import InUse, in_use

CI = ".github/workflows/ci.yml"
OWN = ".github/workflows/own.yml"
CHECK = "      - run: uv run just check\n"


WITH_MODES = pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")


@pytest.fixture
def place(tmp_path: Path) -> InUse:
    return in_use(tmp_path)


def found(place: InUse, check: str) -> list[str]:
    """Return what a check finds, as `level place message`."""
    return [f"{one.level} {one}" for one in place.found(f"conformance.{check}")]


def block(*lines: str) -> str:
    """Return a step of several lines."""
    return "".join(["      - run: |\n", *(f"          {line}\n" for line in lines)])


SWALLOWED = {
    "or true": "      - run: uv run just check || true\n",
    "or true, without a blank": "      - run: uv run just check||true\n",
    "a pipe": "      - run: uv run just check | tee log\n",
    "in the background": "      - run: uv run just check &\n",
    "in a block": block("echo hi", "uv run just check || true"),
    "over two lines": block("uv run just check \\", "  || true"),
    "without -e": block("set +e", "uv run just check", "echo done"),
    "and, before another line": block("uv run just check && echo good", "echo done"),
    "the step goes on": f"{CHECK}        continue-on-error: true\n",
    "the step goes on, by an expression": f"{CHECK}        continue-on-error: ${{{{ true }}}}\n",
}


@pytest.mark.parametrize("steps", SWALLOWED.values(), ids=SWALLOWED)
def test_a_recipe_whose_failure_nobody_hears_is_an_error(place: InUse, steps: str) -> None:
    place.change(CI, CHECK, steps)
    assert found(place, "pipelines") == [
        f"error {CI} calls `just check`, and goes on when it fails"
    ]


def test_a_job_that_may_fail_is_an_error_for_each_of_its_recipes(place: InUse) -> None:
    place.change(CI, "    steps:", "    continue-on-error: true\n    steps:")
    assert [line.split("`")[1] for line in found(place, "pipelines")] == [
        "just check",
        "just secrets",
    ]


@pytest.mark.parametrize("place_of_it", ["    steps:", "      - run: uv run just check"])
def test_a_step_or_a_job_that_never_runs_calls_nothing(place: InUse, place_of_it: str) -> None:
    never = {
        "    steps:": "    if: false\n    steps:",
        "      - run: uv run just check": "      - if: false\n        run: uv run just check",
    }
    place.change(CI, place_of_it, never[place_of_it])
    assert f"error {CI} does not call `just check` any more" in found(place, "pipelines")


HEARD = {
    "in a block": block("echo hi", "uv run just check"),
    "first in a block": block("uv run just check", "echo done"),
    "after a folder": block("cd . && uv run just check"),
    "one after another": block("uv run just check && echo good"),
    "with a variable and a comment": block("uv run just check # all of it"),
    "told not to go on": f"{CHECK}        continue-on-error: false\n",
    "over two lines": block("uv run \\", "  just check"),
}


@pytest.mark.parametrize("steps", HEARD.values(), ids=HEARD)
def test_a_recipe_is_called_wherever_in_a_command_it_stands(place: InUse, steps: str) -> None:
    place.change(CI, CHECK, steps)
    assert found(place, "pipelines") == []


OWNERS = {
    "env that is empty": "jobs:\n  a:\n    steps:\n      - run: echo\n        env:\n",
    "env by an expression": (
        "jobs:\n  a:\n    steps:\n      - run: echo\n        env: ${{ fromJSON(vars.ALL) }}\n"
    ),
    "an empty file": "",
    "a list": "- one\n",
    "jobs that are empty": "jobs:\n",
    "a job that is empty": "jobs:\n  a:\n",
    "a job without steps": "jobs:\n  a:\n    uses: acme/ours/.github/workflows/a.yml@v1\n",
    "steps that are empty": "jobs:\n  a:\n    steps:\n",
    "a step that is empty": "jobs:\n  a:\n    steps:\n      -\n",
    "what nobody can read": "jobs: [\n",
}


@pytest.mark.parametrize("text", OWNERS.values(), ids=OWNERS)
def test_a_workflow_of_the_owners_is_no_finding_whatever_is_in_it(place: InUse, text: str) -> None:
    place.write(OWN, text)
    assert place.run("conformance.pipelines") == ()


GITLAB = "scan:\n  rules: !reference [.ours, rules]\n  script: uv run just secrets\n"


def test_a_job_of_gitlabs_counts_unless_it_may_fail(place: InUse) -> None:
    place.change(CI, "just secrets", "just check")
    place.write(".gitlab-ci.yml", GITLAB)
    assert found(place, "pipelines") == []
    place.write(".gitlab-ci.yml", f"{GITLAB}  allow_failure: true\n")
    assert found(place, "pipelines") == [
        "error .gitlab-ci.yml calls `just secrets`, and goes on when it fails"
    ]


def test_a_stage_of_jenkins_that_is_a_comment_calls_nothing(place: InUse) -> None:
    place.change(CI, "just secrets", "just check")
    place.write("Jenkinsfile", "    sh 'uv run just secrets'\n")
    assert found(place, "pipelines") == []
    place.write("Jenkinsfile", "    // sh 'uv run just secrets'\n")
    assert found(place, "pipelines") == [f"error {CI} does not call `just secrets` any more"]


@pytest.mark.parametrize("value", ['"0.9"', "'1e-1'", "1e-1", ".inf", ".nan"])
def test_a_bar_is_lower_however_its_number_is_written(place: InUse, value: str) -> None:
    place.change(
        "config/default.yaml", "max_calibration_error: 0.05", f"max_calibration_error: {value}"
    )
    [one] = found(place, "bars")
    assert one.startswith("warning config/default.yaml:3 has evaluation.max_calibration_error: ")


@pytest.mark.parametrize("value", ['"0.01"', "5e-2", "'none of it'"])
def test_a_bar_in_quotes_that_is_as_high_is_no_finding(place: InUse, value: str) -> None:
    place.change(
        "config/default.yaml", "max_calibration_error: 0.05", f"max_calibration_error: {value}"
    )
    assert found(place, "bars") == []


@pytest.mark.parametrize("value", [False, "false", "No", "0", None])
def test_a_bar_that_is_switched_off_is_lower_in_quotes_too(value: object) -> None:
    assert bars.Bar("only_committed", value=True).is_lowered_by(value)
    assert not bars.Bar("only_committed", value=True).is_lowered_by("true")


@WITH_MODES
def test_a_file_that_can_be_run_and_should_not_be_is_drift(place: InUse) -> None:
    (place.project / "justfile").chmod(0o755)
    assert found(place, "drift") == ["error justfile can be executed, and in v1.0.0 it cannot"]
    place.change("justfile", "lint:", "lints:")
    assert len(found(place, "drift")) == 2
    git("config", "core.fileMode", "false", cwd=place.project)  # as on a disk without that bit
    assert found(place, "drift") == ["error justfile:3 differs from v1.0.0 in 1 line"]


@WITH_MODES
def test_a_file_that_should_be_run_and_cannot_is_drift(place: InUse) -> None:
    (place.template / "template" / "justfile").chmod(0o755)
    place.release("v1.1.0")
    place.change(".copier-answers.yml", "v1.0.0", "v1.1.0")
    place.change("justfile", "# v1.0.0\n", "# v1.0.0\n# v1.1.0\n")
    assert found(place, "drift") == ["error justfile cannot be executed, and in v1.1.0 it can"]
