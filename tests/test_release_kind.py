"""Which kind of release a difference needs: what breaks a project in use is never called small."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlstamp.checks.update import commit
from mlstamp.source import git
from scripts import release_kind
from scripts.release_kind import Kind, bump, main, reasons

PACKAGE = "template/src/{{package_name}}"
# File, what stands there, what stands there later.
CHANGES = [
    ("copier/capabilities/model.yml", ": linear\n", ": line\n"),
    (
        "copier/capabilities/batch.yml",
        "_exclude:",
        "later: {type: bool}\n_exclude:",
    ),
    ("copier/ownership.yml", "  - /uv.lock\n", ""),
    ("template/pyproject.toml.jinja", 'python = ">=3.11,', 'python = ">=3.12,'),
    (f"{PACKAGE}/config.py", "    port: ", "    harbour: "),
    (f"{PACKAGE}/registry/__init__.py", "    task: ", "    colour: str\n    task: "),
    (f"{PACKAGE}/serving/__init__.py", '"/v1/model"', '"/v2/model"'),
    (f"{PACKAGE}/cli.py", "def status(", "def standing("),
    (f"{PACKAGE}/training/__init__.py", "FeatureParams, ", "FeatureParams, later, "),
]
EXPECTED = {
    "choice is gone: model=linear": Kind.MAJOR,
    "new choice: model=line": Kind.MINOR,
    "path of the owner's is gone: /uv.lock": Kind.MAJOR,
    "Python is gone: 3.11": Kind.MAJOR,
    "key of config/ is gone: serving.port": Kind.MAJOR,
    "new key of config/: serving.harbour": Kind.MINOR,
    "new field of a Bundle: colour (required)": Kind.MAJOR,
    "HTTP route is gone: /v1/model": Kind.MAJOR,
    "new HTTP route: /v2/model": Kind.MINOR,
    "verb is gone: status": Kind.MAJOR,
    "new verb: standing": Kind.MINOR,
    "new name asked of problem/: features.later": Kind.MAJOR,
    "new question: later (bool)": Kind.MINOR,
    "file of the template's is gone: AGENTS.md": Kind.MINOR,
    "file that owners edit is gone: README.md": Kind.MAJOR,
    "new file of the template's: HOW.md": Kind.MINOR,
}


@pytest.fixture
def copy(template: Path, tmp_path: Path) -> Path:
    """The template, to change."""
    return Path(shutil.copytree(template, tmp_path / "copy"))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old} is not in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_each_difference_has_its_kind_and_its_reason(template: Path, copy: Path) -> None:
    for name, old, new in CHANGES:
        replace(copy / name, old, new)
    (copy / "template" / "AGENTS.md.jinja").unlink()
    (copy / "template" / "README.md.jinja").rename(copy / "template" / "HOW.md.jinja")
    found = {reason.what: reason.kind for reason in reasons(template, copy)}
    assert found == EXPECTED


def test_what_no_project_relies_upon_needs_a_patch(template: Path, copy: Path) -> None:
    with (copy / PACKAGE / "files.py").open("a", encoding="utf-8") as file:
        file.write("# Better.\n")
    assert reasons(template, copy) == []


def test_every_topic_has_names_in_the_real_template(template: Path) -> None:
    empty = [topic.title for topic in release_kind.TOPICS if not topic.names(template)]
    assert empty == []


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("v1.0.0", "v1.0.1", Kind.PATCH),
        ("v1.0.9", "v1.1.0", Kind.MINOR),
        ("v1.9.0", "v2.0.0", Kind.MAJOR),
        ("v0.1.0", "v0.1.1", Kind.MINOR),
        ("v0.1.1", "v0.2.0", Kind.MAJOR),
        ("v0.9.0", "v1.0.0", Kind.MAJOR),
    ],
)
def test_the_number_says_which_kind_it_is(old: str, new: str, kind: Kind) -> None:
    assert bump(old, new) is kind


def test_a_number_that_grows_too_little_is_refused(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git("init", "--quiet", cwd=copy)
    commit(copy, "v1.0.0")
    replace(copy / PACKAGE / "config.py", "    port: ", "    harbour: ")
    commit(copy, "v1.1.0")
    git("tag", "v2.0.0", cwd=copy)
    here = ["--repository", str(copy)]
    assert main(["v1.0.0", "v1.1.0", *here]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("major\n  major: key of config/ is gone: serving.port\n")
    assert shown.err == "v1.1.0 is too small a step from v1.0.0.\n"
    assert main(["v1.0.0", "v2.0.0", *here]) == 0
    assert main(["v1.0.0", "v9.9.9", *here]) == 2
