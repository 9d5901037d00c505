"""`mlstamp adopt`: what it makes of a repository that was made otherwise, and what it leaves."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mlstamp import render, upgrade
from mlstamp.adopt import BRANCH, REFERENCE, Kind, branches
from mlstamp.checks.update import commit, expect_settled
from mlstamp.errors import Refused
from mlstamp.render import stored_answers
from mlstamp.source import git
from mlstamp.upgrade.rehearsal import contents
from tests.doors.conftest import Run
from tests.doors.texts import TEMPLATE
from tests.support import write_all
from tests.test_cli import ends

MERGED = {".gitignore", "pyproject.toml"}


def test_it_says_of_each_file_what_happens_and_touches_nothing(run: Run, own: Path) -> None:
    before, refs = contents(own), git("for-each-ref", cwd=own)
    outcome = run(dry_run=True)
    assert {step.path: step.kind for step in outcome.steps} == {
        ".copier-answers.yml": Kind.NEW,
        ".gitignore": Kind.MERGED,
        "README.md": Kind.KEPT,
        "ci.yml": Kind.DIFFERS,
        "config/default.yaml": Kind.NEW,
        "data/sample.csv": Kind.NEW,
        "justfile": Kind.NEW,
        "pyproject.toml": Kind.MERGED,
        "same.txt": Kind.SAME,
        "src/sales_forecast/__init__.py": Kind.DIFFERS,
        "src/sales_forecast/serve.py": Kind.NEW,
    }
    assert contents(own) == before
    assert git("for-each-ref", cwd=own) == refs
    assert len(git("worktree", "list", cwd=own).splitlines()) == 1


def test_nothing_of_the_owners_is_overwritten_and_each_step_is_a_commit(
    run: Run, own: Path
) -> None:
    before = contents(own)
    run()
    after = contents(own)
    assert git("branch", "--show-current", cwd=own) == BRANCH
    assert git("status", "--porcelain", cwd=own) == ""
    assert {name for name in before if after.get(name) != before[name]} == MERGED
    changed = git("log", "--format=", "--name-status", "trunk..", cwd=own).splitlines()
    assert [line.split("\t") for line in changed if line.startswith("M")] == [
        ["M", name] for name in sorted(MERGED)
    ]
    assert git("rev-list", "--count", "trunk..", cwd=own) == "2"
    git("revert", "--no-edit", "HEAD", cwd=own)
    assert {name: contents(own)[name] for name in before} == before
    git("revert", "--no-edit", "HEAD~2", cwd=own)
    assert contents(own) == before


def test_answers_are_told_from_the_repository_and_what_is_given_wins(run: Run, own: Path) -> None:
    run(owner="acme")
    stored = stored_answers(own)
    told = {name: value for name, value in stored.items() if not name.startswith("_")}
    assert told == {
        "project_name": "sales-forecast",
        "description": "The 'sales' of a week",
        "owner": "acme",
        "license": "MIT",
        "profile": "minimal",
    }
    assert stored["_commit"] == "v1.0.0"


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://github.com/umbrella/sales.git", "umbrella"),
        ("git@gitlab.com:umbrella/sales", "umbrella"),
        ("ssh://git@example.com:22/umbrella/sales/", "umbrella"),
        ("sales.git", "acme"),
    ],
)
def test_the_owner_is_told_from_any_remote(run: Run, own: Path, url: str, owner: str) -> None:
    git("remote", "set-url", "origin", url, cwd=own)
    run()
    assert stored_answers(own)["owner"] == owner


def test_without_a_remote_a_pyproject_or_a_licence_the_rest_is_told(run: Run, own: Path) -> None:
    git("remote", "remove", "origin", cwd=own)
    git("rm", "--quiet", "pyproject.toml", "LICENSE", "src/sales_forecast/__init__.py", cwd=own)
    commit(own)
    run()
    stored = stored_answers(own)
    assert (stored["project_name"], stored["license"]) == ("own", "none")


def test_dependencies_that_are_declared_elsewhere_are_told_and_not_carried_over(
    run: Run, own: Path
) -> None:
    listed = {
        "requirements.txt": "numpy\n",
        "requirements-dev.txt": "pytest\n",
        "requirements/ci.txt": "tox\n",
        "setup.py": "setup(install_requires=['numpy'])\n",
        "setup.cfg": "[options]\ninstall_requires = numpy\n",
        "Pipfile": "[packages]\nnumpy = '*'\n",
    }
    poetry = '\n[tool.poetry.dependencies]\npython = "^3.11"\nnumpy = "^2"\n'
    text = (own / "pyproject.toml").read_text(encoding="utf-8") + poetry
    others = {"sub/setup.py": "setup()\n", "requirements-none.txt": ""}
    write_all(own, {**listed, **others, "pyproject.toml": text})
    commit(own)
    outcome = run()
    left = [step.path for step in outcome.of(Kind.LEFT)]
    assert left == [*sorted(listed), "pyproject.toml [tool.poetry.dependencies]"]
    assert "tox" not in (own / "pyproject.toml").read_text(encoding="utf-8")


def test_a_file_without_dependencies_is_not_told(run: Run, own: Path) -> None:
    write_all(own, {"setup.py": "setup()\n", "setup.cfg": "[flake8]\n", "requirements.txt": "\n"})
    commit(own)
    assert not run(dry_run=True).of(Kind.LEFT)


def test_the_template_is_kept_on_a_branch_to_compare_with(run: Run, own: Path) -> None:
    run()
    assert git("show", f"{REFERENCE}:ci.yml", cwd=own) == "jobs: theirs"
    git("checkout", "--quiet", REFERENCE, "--", "ci.yml", cwd=own)
    assert (own / "ci.yml").read_text() == "jobs: theirs\n"


def test_an_adopted_repository_is_updated_as_any_other(run: Run, own: Path, origin: Path) -> None:
    run()
    write_all(origin, {"template/justfile": "check:\n    pytest -q\n"})
    text = TEMPLATE["template/pyproject.toml.jinja"]
    later = text.replace('    "typer>=0.20",\n', '    "typer>=0.21",\n    "rich>=14",\n')
    write_all(origin, {"template/pyproject.toml.jinja": later, "template/new.txt": "new\n"})
    commit(origin, "v1.1.0")
    planned = upgrade.plan(own, None, {})
    assert not planned.open
    render.update(own)
    expect_settled(own)
    assert stored_answers(own)["_commit"] == "v1.1.0"
    assert (own / "justfile").read_text() == "check:\n    pytest -q\n"
    assert (own / "ci.yml").read_text() == "jobs: ours\n"
    found = tomllib.loads((own / "pyproject.toml").read_text())["project"]["dependencies"]
    assert found == [
        "NumPy>=1.26",
        "pydantic>=2",
        "pyyaml>=6",
        "typer>=0.21",
        "rich>=14",
        "requests>=2",
    ]


def test_a_file_that_git_ignores_is_the_owners_too(run: Run, own: Path) -> None:
    write_all(own, {".git/info/exclude": "justfile\n", "justfile": "mine\n"})
    outcome = run()
    assert "justfile" in {step.path for step in outcome.of(Kind.DIFFERS)}
    assert (own / "justfile").read_text() == "mine\n"


@pytest.mark.parametrize("name", ["config", "Readme.md", "justfile/mine.txt"])
def test_what_stands_in_the_way_stays(run: Run, own: Path, name: str) -> None:
    git("rm", "--quiet", "README.md", cwd=own)
    commit(own)
    write_all(own, {name: "mine\n"})
    commit(own)
    run()
    assert (own / name).read_text() == "mine\n"
    listed = [one.casefold() for one in git("ls-files", cwd=own).splitlines()]
    assert len(listed) == len(set(listed))


def test_a_list_that_is_a_link_or_no_text_is_not_merged(run: Run, own: Path) -> None:
    (own / ".gitignore").rename(own / "ignore.txt")
    (own / ".gitignore").symlink_to("ignore.txt")
    commit(own)
    before = contents(own)
    assert ".gitignore" in {step.path for step in run(dry_run=True).of(Kind.DIFFERS)}
    (own / ".gitignore").unlink()
    (own / ".gitignore").write_bytes(b"\xff*.log\n")
    commit(own)
    run()
    assert contents(own)["ignore.txt"] == before["ignore.txt"]
    assert (own / ".gitignore").read_bytes() == b"\xff*.log\n"


def test_a_hook_of_the_owners_does_not_stop_it(run: Run, own: Path) -> None:
    hook = (
        write_all(own, {".git/hooks/pre-commit": "#!/bin/sh\nexit 1\n"}) / ".git/hooks/pre-commit"
    )
    hook.chmod(0o755)
    run()
    assert git("branch", "--show-current", cwd=own) == BRANCH


def test_an_interruption_leaves_the_repository_as_it_was(
    run: Run, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, refs = contents(own), git("for-each-ref", cwd=own)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(branches, "_whole", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert (contents(own), git("for-each-ref", cwd=own)) == (before, refs)
    assert len(git("worktree", "list", cwd=own).splitlines()) == 1


def test_an_ignored_file_that_comes_meanwhile_is_not_overwritten(
    run: Run, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(own, {".git/info/exclude": "justfile\n"})
    refs, whole = git("for-each-ref", cwd=own), branches._whole

    def meanwhile(work: Path, rendered: Path, release: str) -> str:
        write_all(own, {"justfile": "mine\n"})
        return whole(work, rendered, release)

    monkeypatch.setattr(branches, "_whole", meanwhile)
    with pytest.raises(Refused, match="git checkout failed"):
        run()
    assert (own / "justfile").read_text() == "mine\n"
    assert git("for-each-ref", cwd=own) == refs


def test_the_command_shows_each_file_and_the_way_back(
    own: Path,
    origin: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert ends(monkeypatch, "adopt", str(own), "--source", str(origin)) == 0
    said = capsys.readouterr().out
    for words in (
        "owner=umbrella from the remote origin.",
        "Adopted mlstamp v1.0.0.",
        "kept, and differs",
        "NumPy>=1.26 (the template: numpy>=2.1,<3)",
        "git switch trunk",
    ):
        assert words in said
