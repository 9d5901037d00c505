"""The workflows of this repository pass the checks that those of a project have to pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mlstamp.checks import ci
from mlstamp.checks.base import NotVerified, Subject
from mlstamp.checks.ci_tools import OfCi, uv_tool
from mlstamp.checks.workflows import PIPELINES, github_files, steps
from mlstamp.project import Project
from tests.support import ROOT

SCANNER = "zizmor==1.32.0"


@pytest.fixture
def ours(tmp_path: Path) -> Subject:
    return Subject(Project(ROOT, tmp_path / "logs"), tmp_path, "mlstamp", {"ci": "github"})


def workflow(name: str) -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@pytest.mark.parametrize("check", [ci.Pins(), ci.Rights(), ci.Parsers(), ci.Dependabot()])
def test_they_are_pinned_have_few_rights_and_are_what_github_takes(
    ours: Subject, check: OfCi
) -> None:
    assert {f".github/workflows/{name}.yml" for name in ("ci", "verify")} <= {*github_files(ours)}
    try:
        check.run(ours)
    except NotVerified as missing:
        pytest.skip(f"not verified here: {missing}")


def test_the_scanner_finds_nothing_pedantic_as_it_is(ours: Subject) -> None:
    try:
        uv_tool(ours.project, SCANNER)
    except NotVerified as missing:
        pytest.skip(f"not verified here: {missing}")
    ours.project.must("uvx", SCANNER, "--offline", "--persona", "pedantic", ".github")


def test_each_command_is_one_line_without_an_expression(ours: Subject) -> None:
    assert PIPELINES["gitlab"] not in ours.files()
    found = list(steps(ours))
    assert [one.place for one in found if "\n" in one.run.strip() or "${{" in one.run] == []
    assert all(one.words for one in found)


def test_the_tests_that_run_are_those_of_the_readme(ours: Subject) -> None:
    assert "uv run pytest" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert commands("ci.yml", ours)[-1] == "uv run pytest"


def test_the_parts_are_all_parts_of_all_variants_and_one_job_stands_for_them(ours: Subject) -> None:
    jobs = workflow("verify.yml")["jobs"]
    parts = jobs["part"]["strategy"]["matrix"]["part"]
    assert parts == list(range(1, len(parts) + 1))
    assert jobs["part"]["env"]["SHARD"] == "${{ matrix.part }}/${{ strategy.job-total }}"
    [verify] = [line for line in commands("verify.yml", ours) if "mlstamp verify" in line]
    assert '--all --jobs auto --shard "$SHARD" --since "$SINCE"' in verify
    assert jobs["all"]["needs"] == "part"


def commands(name: str, ours: Subject) -> list[str]:
    file = f".github/workflows/{name} "
    return [one.run for one in steps(ours) if one.place.startswith(file)]
