"""`mlstamp adopt`: what it makes of a repository that was made otherwise, and what it leaves."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from mlstamp import adopt, render, upgrade
from mlstamp.adopt import BRANCH, REFERENCE, Kind, branches
from mlstamp.adopt.merge import lines, pyproject
from mlstamp.checks.update import commit, expect_settled
from mlstamp.errors import Refused
from mlstamp.layers import Layer
from mlstamp.render import stored_answers
from mlstamp.source import Source, git
from mlstamp.upgrade.rehearsal import tree
from tests.support import write_all
from tests.test_cli import ends

TEMPLATE = {
    "copier.yml": """\
_subdirectory: template
_templates_suffix: .jinja
_envops: {undefined: jinja2.StrictUndefined, keep_trailing_newline: true}
_skip_if_exists: [/README.md, /config]
_exclude: ["{% if _copier_operation == 'update' %}/README.md{% endif %}"]
project_name:
  type: str
  default: churn
  validator: "{% if project_name == 'json' %}json is a name that the project needs.{% endif %}"
owner: {type: str, default: acme}
description: {type: str, default: Something.}
license: {type: str, default: MIT, choices: [MIT, Apache-2.0, none]}
profile: {type: str, default: recommended, choices: [minimal, recommended]}
package: {type: str, when: false, default: "{{ project_name | replace('-', '_') }}"}
""",
    "template/.copier-answers.yml.jinja": "{{ _copier_answers | to_nice_yaml }}",
    "template/.gitignore": ".venv/\n*.db\n",
    "template/README.md.jinja": "# {{ project_name }}\n",
    "template/config/default.yaml": "seed: 1\n",
    "template/justfile": "check:\n    pytest\n",
    "template/ci.yml": "jobs: theirs\n",
    "template/data/sample.csv": "ignored where it lands\n",
    "template/same.txt": "the same\n",
    "template/src/{{package}}/__init__.py": '"""A project."""\n',
    "template/src/{{package}}/serve.py": "PORT = 8000\n",
    "template/pyproject.toml.jinja": """\
[project]
name = "{{ project_name }}"
version = "0.1.0"
description = "{{ description }}"
dependencies = [
    "numpy>=2.1,<3",
    "pydantic>=2",
    "pyyaml>=6",
    "typer>=0.20",
    # Your own dependencies go below this line.
]

[tool.mypy]
strict = true
""",
}
OWN = {
    ".gitignore": "*.db\n*.log\ndata/\n",
    "README.md": "# Sales\n\nOurs.\n",
    "LICENSE": "MIT License\n\nCopyright (c) 2019 Umbrella\n",
    "ci.yml": "jobs: ours\n",
    "same.txt": "the same\n",
    "src/sales_forecast/__init__.py": '__version__ = "3.2.1"\n',
    "src/sales_forecast/model.py": "def predict(x):\n  return x * 2\n",
    "tests/test_model.py": "def test_it():\n    assert True\n",
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "umbrella-sales"
dynamic = ["version"]
description = 'The "sales" of a week'
dependencies = ["NumPy>=1.26", "requests>=2"]

[tool.black]
line-length = 120
""",
}
MERGED = {".gitignore", "pyproject.toml"}


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template with one release."""
    root = write_all(tmp_path / "template", TEMPLATE)
    git("init", "--quiet", "--initial-branch=main", cwd=root)
    commit(root, "v1.0.0")
    return root


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A repository of somebody's, committed, with a remote."""
    root = write_all(tmp_path / "own", OWN)
    git("init", "--quiet", "--initial-branch=trunk", cwd=root)
    git("remote", "add", "origin", "git@github.com:umbrella/sales.git", cwd=root)
    commit(root)
    return root


Run = Callable[..., adopt.Outcome]


@pytest.fixture
def run(template: Path, own: Path) -> Run:
    """Adopt the repository."""

    def made(dry_run: bool = False, **data: object) -> adopt.Outcome:
        said: list[str] = []
        release = Source(str(template), "v1.0.0")
        return adopt.adopt(own, release, [Layer(data)], say=said.append, dry_run=dry_run)

    return made


def test_it_says_of_each_file_what_happens_and_touches_nothing(run: Run, own: Path) -> None:
    before, refs = tree(own), git("for-each-ref", cwd=own)
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
    assert tree(own) == before
    assert git("for-each-ref", cwd=own) == refs
    assert len(git("worktree", "list", cwd=own).splitlines()) == 1


def test_nothing_of_the_owners_is_overwritten_and_each_step_is_a_commit(
    run: Run, own: Path
) -> None:
    before = tree(own)
    run()
    after = tree(own)
    assert git("branch", "--show-current", cwd=own) == BRANCH
    assert git("status", "--porcelain", cwd=own) == ""
    assert {name for name in before if after.get(name) != before[name]} == MERGED
    changed = git("log", "--format=", "--name-status", "trunk..", cwd=own).splitlines()
    assert [line.split("\t") for line in changed if line.startswith("M")] == [
        ["M", name] for name in sorted(MERGED)
    ]
    assert git("rev-list", "--count", "trunk..", cwd=own) == "2"
    git("revert", "--no-edit", "HEAD", cwd=own)
    assert {name: tree(own)[name] for name in before} == before


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


def test_the_template_is_kept_on_a_branch_to_compare_with(run: Run, own: Path) -> None:
    run()
    assert git("show", f"{REFERENCE}:ci.yml", cwd=own) == "jobs: theirs"
    git("checkout", "--quiet", REFERENCE, "--", "ci.yml", cwd=own)
    assert (own / "ci.yml").read_text() == "jobs: theirs\n"


def test_an_adopted_repository_is_updated_as_any_other(run: Run, own: Path, template: Path) -> None:
    run()
    write_all(template, {"template/justfile": "check:\n    pytest -q\n"})
    text = TEMPLATE["template/pyproject.toml.jinja"]
    later = text.replace('    "typer>=0.20",\n', '    "typer>=0.21",\n    "rich>=14",\n')
    write_all(template, {"template/pyproject.toml.jinja": later, "template/new.txt": "new\n"})
    commit(template, "v1.1.0")
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
    before, refs = tree(own), git("for-each-ref", cwd=own)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(branches, "_whole", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert (tree(own), git("for-each-ref", cwd=own)) == (before, refs)
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


def dirty(own: Path) -> None:
    write_all(own, {"draft.py": ""})


def without_git(own: Path) -> None:
    (own / ".git").rename(own.parent / "elsewhere")


def ours(own: Path) -> None:
    write_all(own, {".copier-answers.yml": "_commit: v1\n"})
    commit(own)


def without_python(own: Path) -> None:
    git("rm", "--quiet", "-r", "src", "tests", "pyproject.toml", cwd=own)
    commit(own)


def without_a_commit(own: Path) -> None:
    git("update-ref", "-d", "HEAD", cwd=own)


def adopted_before(own: Path) -> None:
    git("branch", BRANCH, cwd=own)


def reserved(own: Path) -> None:
    git("mv", "src/sales_forecast", "src/json", cwd=own)
    commit(own)


def flat(own: Path) -> None:
    git("mv", "src/sales_forecast", "umbrella_sales", cwd=own)
    commit(own)


def broken(own: Path) -> None:
    (own / "pyproject.toml").write_text("[project\n")
    commit(own)


UNFIT = {
    dirty: "not committed: commit or stash them",
    without_git: "not the root of a git repository",
    ours: "under a template already: mlstamp update",
    without_python: "holds no Python",
    without_a_commit: "has no commit yet",
    adopted_before: "git branch -D mlstamp-adopt takes it away",
    reserved: "json is a name that the project needs",
    flat: "git mv umbrella_sales src/umbrella_sales",
    broken: "pyproject.toml is not TOML",
}


@pytest.mark.parametrize(
    ("spoil", "sentence"), UNFIT.items(), ids=lambda one: getattr(one, "__name__", "")
)
def test_what_cannot_be_adopted_is_refused_by_a_sentence_and_left_as_it_is(
    own: Path,
    template: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    sentence: str,
) -> None:
    spoil(own)
    before = {
        path: path.read_bytes()
        for path in own.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    assert ends(monkeypatch, "adopt", str(own), "--source", str(template)) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
    after = {
        path: path.read_bytes()
        for path in own.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    assert after == before


def test_a_folder_that_is_not_there_and_a_template_without_releases_are_refused(
    own: Path, template: Path, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="is not a folder"):
        adopt.adopt(tmp_path / "none", Source(str(template), "v1.0.0"), [], say=print)
    with pytest.raises(Refused, match="no commit from which updates could come"):
        adopt.adopt(own, Source(str(template)), [], say=print)


def test_the_command_shows_each_file_and_the_way_back(
    own: Path,
    template: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert ends(monkeypatch, "adopt", str(own), "--source", str(template)) == 0
    said = capsys.readouterr().out
    for words in (
        "owner=umbrella from the remote origin.",
        "Adopted mlstamp v1.0.0.",
        "kept, and differs",
        "NumPy>=1.26 (the template: numpy>=2.1,<3)",
        "git switch trunk",
    ):
        assert words in said


def test_every_value_of_the_owners_is_in_the_merged_pyproject() -> None:
    text, overruled = pyproject(TEMPLATE["template/pyproject.toml.jinja"], OWN["pyproject.toml"])
    merged, mine = tomllib.loads(text), tomllib.loads(OWN["pyproject.toml"])
    assert set(mine["project"].pop("dependencies")) <= set(merged["project"]["dependencies"])
    assert merged["tool"] == {"mypy": {"strict": True}, "black": {"line-length": 120}}
    assert merged["build-system"] == mine["build-system"]
    assert mine["project"].items() <= merged["project"].items()
    assert "version" not in merged["project"]
    assert text.index("go below this line") < text.index('"requests>=2"')
    assert overruled[0] == "project.name"


def test_lines_that_both_have_stay_once() -> None:
    assert lines("a\nb\n", "b\n\nc\n") == ("a\nb\n\nc\n", [])
    assert lines("a\nb\n", "b\n") == ("a\nb\n", [])
