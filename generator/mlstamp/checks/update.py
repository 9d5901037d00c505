"""`copier update`, untrusted, from a tagged release of the template to the next."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from ..errors import Refused
from ..render import render, stored_answers, update
from ..source import Source, copy_template, git
from .base import Check, Failed, Subject, expect, listing
from .pristine import contents

OLD, NEW = "v1.0.0", "v1.1.0"
AUTHOR = ("-c", "user.name=acme", "-c", "user.email=acme@example.com", "-c", "commit.gpgsign=false")
TEMPLATE_NOTE, USER_NOTE = "# The template said this later.\n", "# The owner wrote this.\n"
TEMPLATE_PIN, USER_PIN = '    "template-pin>=1",', '    "owner-pin>=1",'
ANCHOR = re.compile(r"^ *# Your own .*$", re.MULTILINE)
LISTS = ("dependencies", "train", "serve", "dev")  # of pyproject.toml, that owners add to
# Each kind of file that is the owner's, as a pattern of its name without the suffix `.jinja`.
OWNERS = (
    "README.md",
    "config/*.yaml",
    "data/sample/README.md",
    "src/*/problem/*.py",
    "tests/problem/*.py",
    "infra/**/terraform.tfvars",
)


class KeepsEdits(Check):
    """An update brings what is new and keeps what the owner wrote."""

    id = "update.edits"
    needs_template = True
    only_for = ("default", "everything")

    def run(self, subject: Subject) -> None:
        """An update loses an edit, leaves a conflict, or brings nothing."""
        template, project = released(subject, "update-edits")
        edited = edit(project, subject.project.package)
        release_next(template)
        _update(project)
        now = contents(project)
        lost = [name for name, text in edited.items() if now.get(name) != text]
        expect(not lost, f"lost or changed: {listing(lost)}")
        merged = now["pyproject.toml"].decode()
        expect(merged.count(USER_PIN) == count_anchors(merged), "pyproject.toml lost a dependency")
        expect_new(project)
        expect(TEMPLATE_PIN in merged, "the new dependency did not arrive in pyproject.toml")
        expect_settled(project)


class EqualsFresh(Check):
    """An update of an unedited repository equals a fresh render of the new release."""

    id = "update.fresh"
    needs_template = True
    only_for = ("default", "everything")

    def run(self, subject: Subject) -> None:
        """An updated repository differs from a fresh one."""
        template, project = released(subject, "update-fresh")
        release_next(template, owners_too=False)
        _update(project)
        expect_new(project)
        fresh = subject.work / "update-fresh" / "fresh"
        render(Source(str(template), NEW), fresh, _answers(subject))
        shutil.rmtree(project / ".git")
        before, after = contents(fresh), contents(project)
        differing = sorted(n for n in before | after if before.get(n) != after.get(n))
        expect(not differing, listing(differing))


def released(subject: Subject, name: str) -> tuple[Path, Path]:
    """Return a template repository with one release, and a committed project made from it."""
    template, project = subject.work / name / "template", subject.work / name / "project"
    template.mkdir(parents=True)
    copy_template(Path(str(subject.template)), template)
    git("init", "--quiet", "--initial-branch=main", cwd=template)
    commit(template, OLD)
    render(Source(str(template), OLD), project, _answers(subject))
    git("init", "--quiet", "--initial-branch=main", cwd=project)
    commit(project)
    return template, project


def release_next(template: Path, *, owners_too: bool = True) -> None:
    """Change files of the template's and, with `owners_too`, all of the owner's, and tag it."""
    package = template / "template" / "src" / "{{package_name}}"
    _append(package / "config.py", TEMPLATE_NOTE)
    (package / "later.py").write_text('"""New in this release."""\n', encoding="utf-8")
    for path in owned(template / "template", "**/") if owners_too else ():
        _append(path, TEMPLATE_NOTE)
    pyproject = next((template / "template").glob("pyproject.toml*"))
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(
        ANCHOR.sub(lambda found: f"{TEMPLATE_PIN}\n{found[0]}", text, count=1), encoding="utf-8"
    )
    commit(template, NEW)


def edit(project: Path, package: str) -> dict[str, bytes]:
    """Edit as an owner would and commit; return the edited files that must stay as they are."""
    mine = [path.relative_to(project).as_posix() for path in owned(project)]
    expect(f"src/{package}/problem/features.py" in mine, "the owner has no problem to edit")
    for name in mine:
        _append(project / name, USER_NOTE)
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    lacking = [name for name in LISTS if not anchored(text, name)]
    expect(not lacking, f"pyproject.toml has no line for the owner's own in {listing(lacking)}")
    pyproject.write_text(ANCHOR.sub(lambda at: f"{at[0]}\n{USER_PIN}", text), encoding="utf-8")
    commit(project)
    return {name: (project / name).read_bytes() for name in mine}


def owned(folder: Path, below: str = "") -> list[Path]:
    """Return the files that are the owner's: in a project, or below any overlay of a template."""
    patterns = [f"{below}{name}{suffix}" for name in OWNERS for suffix in ("", ".jinja")]
    found = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    return sorted(found)


def expect_new(project: Path) -> None:
    """Fail unless the new release arrived in the files that are the template's."""
    source = next((project / "src").glob("*/problem")).parent
    expect((source / "later.py").is_file(), "the new file did not arrive")
    text = (source / "config.py").read_text(encoding="utf-8")
    expect(TEMPLATE_NOTE in text, "the new line in config.py did not arrive")
    expect(stored_answers(project)["_commit"] == NEW, f"it is not on record as {NEW}")


def expect_settled(project: Path) -> None:
    """Fail if the update left a conflict in any of its three disguises."""
    unmerged = git("ls-files", "--unmerged", cwd=project)
    expect(not unmerged, f"unmerged: {unmerged}")
    rejected = [path.name for path in project.rglob("*.rej")]
    marked = [p.name for p, text in _texts(project) if re.search(r"(?m)^<{7} ", text)]
    expect(not rejected + marked, f"conflicts in {listing(rejected + marked)}")


def commit(repository: Path, tag: str = "") -> None:
    """Commit everything, and tag it where a tag is given."""
    git("add", "--all", cwd=repository)
    git(*AUTHOR, "commit", "--quiet", "--message", tag or "edit", cwd=repository)
    if tag:
        git("tag", tag, cwd=repository)


def anchored(text: str, name: str) -> bool:
    """Tell whether a list of pyproject.toml says where the owner's own entries go."""
    found = re.search(rf"^{name} = \[$(.*?)^\]$", text, re.MULTILINE | re.DOTALL)
    return bool(found and ANCHOR.search(found[1]))


def count_anchors(text: str) -> int:
    """Return how many lists of pyproject.toml say where the owner's own entries go."""
    return len(ANCHOR.findall(text))


def _update(project: Path) -> None:
    try:
        update(project)
    except Refused as error:
        raise Failed(f"copier update refused: {error}") from None


def _answers(subject: Subject) -> dict[str, object]:
    return {name: value for name, value in subject.answers.items() if not name.startswith("_")}


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(line)


def _texts(project: Path) -> list[tuple[Path, str]]:
    paths = [p for p in project.rglob("*") if p.is_file() and ".git" not in p.parts]
    return [(p, p.read_text(encoding="utf-8", errors="replace")) for p in paths]
