"""Projects in use, stamped from earlier states of this very template, come to the present one."""

from __future__ import annotations

import fnmatch
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from .. import upgrade
from ..answers import Question, Questionnaire, read_config
from ..errors import Refused
from ..render import render, stored_answers, update
from ..source import PARTS, Source, checkout, copy_template, git, readable
from .base import Check, NotVerified, Subject, expect, listing
from .pristine import contents
from .quality import OwnChecks, Sync
from .update import AUTHOR, commit, expect_settled

# Commits of this repository, with what an update from each has to cross.
HISTORY = {
    "v0.0.1": "49e8dff",  # half of the capabilities, no cloud, no container
    "v0.0.2": "d050a52",  # no loop from drift to retraining
    "v0.0.3": "a0ca735",  # the last of them, which asks all that is asked now
}
SAME_PROBLEM = "v0.0.2"  # problem/ still means what it meant; most of the capabilities are there
NOW = "v0.1.0"
PROFILES = ("minimal", "default", "everything")  # each that the earlier states had
COPIER_ALONE = ("default", "everything")  # in minimal it leaves what went into what is off
EDITED = (
    *("pyproject.toml", "justfile", "README.md", ".gitignore", "config/default.yaml"),
    *("src/{}/cli.py", "src/{}/config.py", "src/{}/files.py", "src/{}/training/__init__.py"),
    *("src/{}/serving/__init__.py", "src/{}/problem/features.py", "tests/conftest.py"),
    *("src/{}/evaluation/metrics.py", "tests/problem/test_behaviour.py"),
)
DELETED, MOVED = "data/sample/README.md", "AGENTS.md"  # by the owner
UNWRITTEN = (".copier-answers.yml", DELETED, MOVED)
CLASHING = ("src/{}/config.py",)  # whose end has changed: a line that an owner put there clashes


class LosesNothing(Check):
    """A project in use comes from each earlier state to this one, and keeps every line."""

    id = "update.history"
    needs_template = True

    def run(self, subject: Subject) -> None:
        """An update from an earlier state fails, or loses a line that nobody was told of."""
        template = with_history(subject, "history")
        for release in crossed(subject):
            project = stamped(subject, template, release, f"history-{release}")
            written = use(project, texts(project))
            before = contents_of(project)
            done = _update(project, wished(subject, project))
            lost = missing(project, written) - {change.path for change in done.losses}
            expect(not lost, f"from {release}, lost in {listing(sorted(lost))}")
            back = [name for name in (DELETED, MOVED) if (project / name).exists()]
            expect(not back, f"from {release}, back though taken away: {listing(back)}")
            upgrade.undo(project)
            expect(contents_of(project) == before, f"from {release}, undo left something else")


class BecomesFresh(Check):
    """An unedited project comes to equal a fresh one, but for the files that are the owner's."""

    id = "update.same"
    needs_template = True

    def run(self, subject: Subject) -> None:
        """An update from an earlier state leaves a conflict, or other files than a fresh render."""
        template = with_history(subject, "same")
        for release in crossed(subject):
            project = stamped(subject, template, release, f"same-{release}")
            alone = subject.variant in COPIER_ALONE
            update(project) if alone else _update(project, wished(subject, project))
            expect_settled(project)
            fresh = subject.work / f"same-{release}-fresh"
            kept = subject.variant in PROFILES  # its answers stay what its profile once meant
            answers = _answers(project) if kept else subject.answers
            render(Source(str(template), NOW), fresh, answers)
            other = unlike(contents(fresh), contents_of(project), template, brought=not alone)
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
    needs_template = True

    def run(self, subject: Subject) -> None:
        """The updated project's own checks are red."""
        template = with_history(subject, "green")
        root = stamped(subject, template, SAME_PROBLEM, "green-project")
        use(root, edited(root, CLASHING))
        done = _update(root, wished(subject, root))
        expect(not done.open, f"to resolve: {listing([change.path for change in done.open])}")
        # Not that of the variant, though its lock may be the same.
        updated = replace(subject, project=replace(subject.project, root=root), shelf=None)
        Sync().run(updated)
        OwnChecks().run(updated)


def with_history(subject: Subject, name: str) -> Path:
    """Return a clone of this repository with a tag for each earlier state, and for the present."""
    root, clone = checkout(), subject.work / name
    if root is None or not (root / ".git").exists():
        raise NotVerified("the history of this repository is not here: run it from a clone")
    words = ("--quiet", "--shared", "--no-checkout", "--no-tags", "--single-branch")
    git("clone", *words, str(root), str(clone), plain=True)
    for tag, reference in HISTORY.items():
        try:
            parts = git("ls-tree", f"{reference}^{{commit}}", "--", *PARTS, cwd=clone)
        except Refused:
            raise NotVerified(f"{reference} is not in this clone: git fetch --unshallow") from None
        tree = git("mktree", cwd=clone, given=f"{parts}\n".encode())
        git("tag", tag, git(*AUTHOR, "commit-tree", tree, "-m", tag, cwd=clone), cwd=clone)
    copy_template(Path(str(subject.template)), clone)
    git("add", "--all", cwd=clone)
    git(*AUTHOR, "commit", "--quiet", "--allow-empty", "--message", NOW, cwd=clone)
    git("tag", NOW, cwd=clone)
    return clone


def crossed(subject: Subject) -> list[str]:
    """Return the earlier states that a variant comes from: all for a profile, for others one."""
    return list(HISTORY) if subject.variant in PROFILES else [SAME_PROBLEM]


def stamped(subject: Subject, template: Path, release: str, name: str) -> Path:
    """Return a committed project of an earlier state, with the answers that it knew."""
    project, source = subject.work / name, Source(str(template), release)
    given = {"profile": subject.answers["profile"]}
    if subject.variant not in PROFILES:
        with readable(source) as folder:
            asked = Questionnaire.read(folder).questions
        given = {n: value for n, value in subject.answers.items() if _knew(asked.get(n), value)}
    render(source, project, given)
    git("init", "--quiet", "--initial-branch=main", cwd=project)
    commit(project)
    return project


def _knew(question: Question | None, value: object) -> bool:
    return question is not None and (not question.choices or value in question.choices)


def wished(subject: Subject, project: Path) -> dict[str, object]:
    """Return the answers that make a project the variant; a profile's take their defaults."""
    stored = stored_answers(project)
    other = {n: value for n, value in subject.answers.items() if stored.get(n) != value}
    return {} if subject.variant in PROFILES else other


def edited(project: Path, but: Container[str] = ()) -> list[str]:
    """Return files of each kind, of which the project goes on to work with a line more."""
    package = next((project / "src").iterdir()).name
    names = [pattern.format(package) for pattern in EDITED if pattern not in but]
    return [name for name in names if (project / name).is_file()]


def texts(project: Path) -> list[str]:
    """Return every file that takes a line, whether it goes on to work with it or not."""
    found = contents_of(project)
    return sorted(n for n, text in found.items() if b"\0" not in text and n not in UNWRITTEN)


def use(project: Path, names: Iterable[str]) -> dict[str, str]:
    """Do what owners do, and commit; return each file written to with the line that went in."""
    written = {name: f"# The owner wrote this in {name}." for name in names}
    for name, line in written.items():
        with (project / name).open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"\n\n{line}\n" if name.endswith(".py") else f"{line}\n")
    own = f"src/{next((project / 'src').iterdir()).name}/own.py"
    written[own] = f'"""Nobody but the owner knows of {own}."""'
    (project / own).write_text(f"{written[own]}\n", encoding="utf-8", newline="\n")
    (project / DELETED).unlink()
    git("mv", MOVED, "FOR-AGENTS.md", cwd=project)
    commit(project)
    return written


def unlike(
    wanted: dict[str, bytes], found: dict[str, bytes], template: Path, *, brought: bool
) -> list[str]:
    """Return the files that are not as they should be, of the owner's only those that are lacking.

    Copier alone brings none of those.
    """
    patterns = read_config(template)["_skip_if_exists"]
    differing = sorted(n for n in wanted.keys() | found if wanted.get(n) != found.get(n))
    lacking = wanted.keys() - found if brought else set[str]()
    return [name for name in differing if name in lacking or not _is_owned(name, patterns)]


def missing(project: Path, written: dict[str, str]) -> set[str]:
    """Return the files whose line is in no file of the project any more."""
    everything = b"\n".join(contents_of(project).values()).decode("utf-8", "replace")
    return {name for name, line in written.items() if line not in everything}


def contents_of(project: Path) -> dict[str, bytes]:
    """Return the project's files without what is git's."""
    return {n: text for n, text in contents(project).items() if not n.startswith(".git/")}


def _update(project: Path, answers: Mapping[str, object] | None = None) -> upgrade.Outcome:
    return upgrade.apply(project, upgrade.plan(project, None, answers or {}), accept_loss=True)


def _answers(project: Path) -> dict[str, object]:
    return {k: v for k, v in stored_answers(project).items() if not k.startswith("_")}


def _is_owned(name: str, patterns: list[str]) -> bool:
    plain = [pattern.strip("/") for pattern in patterns]
    return any(fnmatch.fnmatch(name, p) or fnmatch.fnmatch(name, f"{p}/*") for p in plain)
