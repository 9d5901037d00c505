"""Projects in use, stamped from earlier states of this very template, come to the present one."""

from __future__ import annotations

import fnmatch
import shutil
from collections.abc import Container
from pathlib import Path

from .. import upgrade
from ..answers import read_config
from ..errors import Refused
from ..project import Project
from ..render import render, stored_answers, update
from ..source import PARTS, Source, checkout, copy_template, git
from .base import Check, NotVerified, Subject, expect, listing
from .pristine import contents
from .update import AUTHOR, commit, expect_settled

# Commits of this repository, with what an update from each has to cross.
HISTORY = {
    "v0.0.1": "49e8dff",  # half of the capabilities, no cloud, no container
    "v0.0.2": "d050a52",  # no loop from drift to retraining
}
SAME_PROBLEM = "v0.0.2"  # problem/ still means what it meant
NOW = "v0.1.0"
VARIANTS = ("default", "minimal", "everything")  # each profile that the earlier states had
EDITED = (
    *("pyproject.toml", "justfile", "README.md", ".gitignore", "config/default.yaml"),
    *("src/{}/cli.py", "src/{}/config.py", "src/{}/files.py", "src/{}/training/__init__.py"),
    *("src/{}/serving/__init__.py", "src/{}/problem/features.py", "tests/conftest.py"),
    *("src/{}/evaluation/metrics.py", "tests/problem/test_behaviour.py"),
)
CLASHING = ("src/{}/config.py",)  # whose end has changed: a line that an owner put there clashes


class LosesNothing(Check):
    """A project in use comes from each earlier state to this one, and keeps every line."""

    id = "update.history"
    needs_template = True
    only_for = VARIANTS

    def run(self, subject: Subject) -> None:
        """An update from an earlier state fails, or loses a line that nobody was told of."""
        template = with_history(subject, "history")
        for release in HISTORY:
            project = stamped(subject, template, release, f"history-{release}")
            written = use(project)
            before = contents_of(project)
            done = _update(project)
            lost = missing(project, written) - {change.path for change in done.losses}
            expect(not lost, f"from {release}, lost in {listing(sorted(lost))}")
            upgrade.undo(project)
            expect(contents_of(project) == before, f"from {release}, undo left something else")


class BecomesFresh(Check):
    """An unedited project comes to equal a fresh one, but for the files that are the owner's."""

    id = "update.same"
    needs_template = True
    only_for = VARIANTS

    def run(self, subject: Subject) -> None:
        """An update from an earlier state leaves a conflict, or other files than a fresh render."""
        template = with_history(subject, "same")
        owned = read_config(Path(str(subject.template)))["_skip_if_exists"]
        for release in HISTORY:
            project = stamped(subject, template, release, f"same-{release}")
            # Copier alone leaves what went into a capability that minimal has not.
            bring = _update if subject.variant == "minimal" else update
            bring(project)
            expect_settled(project)
            fresh = subject.work / f"same-{release}-fresh"
            render(Source(str(template), NOW), fresh, _answers(project))
            wanted, found = contents(fresh), contents_of(project)
            differing = [n for n in wanted.keys() | found if wanted.get(n) != found.get(n)]
            other = sorted(name for name in differing if not _is_owned(name, owned))
            expect(not other, f"from {release}, not as a fresh one: {listing(other)}")


class Toggles(Check):
    """A project in use takes a capability out, and others in, and is told what that costs."""

    id = "update.toggles"
    needs_template = True
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """A capability goes with an edit that nobody named, or comes without all of its files."""
        template = with_history(subject, "toggles")
        project = stamped(subject, template, NOW, "toggles-project")
        edited = f"src/{subject.project.package}/serving/batch/__init__.py"
        (project / edited).write_bytes((project / edited).read_bytes() + b"# The owner's.\n")
        commit(project)
        before = contents_of(project)
        found = upgrade.plan(project, None, {"batch": False, "cloud": "aws"})
        named = [change.path for change in found.losses]
        expect(named == [edited], f"named as lost: {listing(named) or 'nothing'}")
        done = upgrade.apply(project, found, accept_loss=True)
        after = contents_of(project).keys()
        expect(edited not in after, f"{edited} is still there")
        values = "infra/envs/staging/terraform.tfvars"
        expect(values in after, f"{values}, which is the owner's, did not come")
        expect(done.open == found.open, "what is left is not what was said")
        upgrade.undo(project)
        expect(contents_of(project) == before, "undo left something else")


class StaysGreen(Check):
    """A project in use that came from an earlier state passes its own checks."""

    id = "update.green"
    requires = ("quality.sync",)
    needs_template = True
    only_for = ("minimal", "default")

    def run(self, subject: Subject) -> None:
        """The updated project's own checks are red."""
        template = with_history(subject, "green")
        root = stamped(subject, template, SAME_PROBLEM, "green-project")
        use(root, CLASHING)
        done = _update(root)
        expect(not done.open, f"to resolve: {listing([change.path for change in done.open])}")
        project = Project(root, subject.project.logs)
        project.must("uv", "sync")
        project.recipe("check", timeout=600)


def with_history(subject: Subject, name: str) -> Path:
    """Return a clone of this repository with a tag for each earlier state, and for the present."""
    root, clone = checkout(), subject.work / name
    if root is None or not (root / ".git").exists():
        raise NotVerified("the history of this repository is not here: run it from a clone")
    git("clone", "--quiet", "--no-hardlinks", str(root), str(clone), plain=True)
    for tag, reference in HISTORY.items():
        try:
            git("tag", tag, f"{reference}^{{commit}}", cwd=clone)
        except Refused:
            raise NotVerified(f"{reference} is not in this clone: git fetch --unshallow") from None
    for part in PARTS:
        path = clone / part
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    copy_template(Path(str(subject.template)), clone)
    git("add", "--all", cwd=clone)
    git(*AUTHOR, "commit", "--quiet", "--allow-empty", "--message", NOW, cwd=clone)
    git("tag", NOW, cwd=clone)
    return clone


def stamped(subject: Subject, template: Path, release: str, name: str) -> Path:
    """Return a committed project of an earlier state."""
    project = subject.work / name
    render(Source(str(template), release), project, {"profile": subject.answers["profile"]})
    git("init", "--quiet", "--initial-branch=main", cwd=project)
    commit(project)
    return project


def use(project: Path, but: Container[str] = ()) -> dict[str, str]:
    """Do what owners do, and commit; return each file written to with the line that went in."""
    package = next((project / "src").iterdir()).name
    names = [pattern.format(package) for pattern in EDITED if pattern not in but]
    edited = [name for name in names if (project / name).is_file()]
    written = {name: f"# The owner wrote this in {name}." for name in edited}
    for name, line in written.items():
        with (project / name).open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"\n\n{line}\n" if name.endswith(".py") else f"{line}\n")
    own = f"src/{package}/own.py"
    written[own] = f'"""Nobody but the owner knows of {own}."""'
    (project / own).write_text(f"{written[own]}\n", encoding="utf-8", newline="\n")
    (project / "data" / "sample" / "README.md").unlink()
    git("mv", "AGENTS.md", "FOR-AGENTS.md", cwd=project)
    commit(project)
    return written


def missing(project: Path, written: dict[str, str]) -> set[str]:
    """Return the files whose line is in no file of the project any more."""
    everything = b"\n".join(contents_of(project).values()).decode("utf-8", "replace")
    return {name for name, line in written.items() if line not in everything}


def contents_of(project: Path) -> dict[str, bytes]:
    """Return the project's files without what is git's."""
    return {n: text for n, text in contents(project).items() if not n.startswith(".git/")}


def _update(project: Path) -> upgrade.Outcome:
    return upgrade.apply(project, upgrade.plan(project, None, {}), accept_loss=True)


def _answers(project: Path) -> dict[str, object]:
    return {k: v for k, v in stored_answers(project).items() if not k.startswith("_")}


def _is_owned(name: str, patterns: list[str]) -> bool:
    plain = [pattern.strip("/") for pattern in patterns]
    return any(fnmatch.fnmatch(name, p) or fnmatch.fnmatch(name, f"{p}/*") for p in plain)
