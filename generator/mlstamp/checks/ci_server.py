"""What the pipelines ask of their server: models of earlier runs, one comment, releases."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..github import ORIGIN, PACKAGE, PULL_REQUEST, GitHub, Run, reachable
from ..project import Completed, Project
from ..source import git
from . import gitlab
from .base import NotVerified, Subject, expect
from .ci_run import forget, fresh_copy, version
from .ci_tools import OfCi, program_of
from .workflows import Step, github_files, steps

TAG, TOKEN = "v1.0.0", gitlab.TOKEN
OLD, TRAINED, OF_A_FORK = 1, 2, 3  # runs; the last is that of the pull request
# What an expression of a workflow comes to here.
SAID = {
    "github.token": TOKEN,
    "github.ref_name": TAG,
    "github.run_id": str(OF_A_FORK),
    "github.event.pull_request.number": str(PULL_REQUEST),
    "inputs.run": "",
    "inputs.version": TAG,
}
# Of what the recipes work on, as far as they look at it.
RELEASED = {
    "release.json": '{"image": "ghcr.io/acme/churn@sha256:' + "a" * 64 + '"}',
    "sbom.json": "{}",
}
STRANGE = {
    "bundles/champion.json": b'{"version": "99", "path": "strange"}',
    "bundles/strange/model": b"",
}
_EXPRESSION = re.compile(r"\$\{\{ (.+) \}\}")


class Server(OfCi):
    """What a workflow asks of GitHub it gets, by the real client: models, a comment, releases."""

    id = "ci.server"
    requires = ("ci.commands", "runtime.lifecycle")
    servers = ("github",)

    def run(self, subject: Subject) -> None:
        """A recipe that asks the server fails, takes a stranger's model, or loses what it made."""
        with workflow_of(subject) as there:
            there.fetches_models()
            there.comments()
            there.releases()


class Note(OfCi):
    """A merge request has one comment of ours, with the newest summary."""

    id = "ci.comment"
    requires = ("ci.commands", "quality.sync")
    servers = ("gitlab",)

    def run(self, subject: Subject) -> None:
        """The recipe that comments fails, or leaves more than one comment."""
        copy = fresh_copy(subject)
        page = copy.root / "reports" / "summary.md"
        page.parent.mkdir(exist_ok=True)
        with gitlab.reachable(gitlab.GitLab(notes=["Of a colleague."])) as server:
            given = {"CI_API_V4_URL": server.url, "CI_PROJECT_ID": "1", "REPORT_TOKEN": TOKEN}
            copy.environment = {**copy.environment, **given, "CI_MERGE_REQUEST_IID": "7"}
            for text in ("# The first\n", "# The second\n"):
                page.write_text(text, encoding="utf-8")
                copy.recipe("comment")
                expect(len(server.notes) == 2, f"the comments are {server.notes}")
                expect(server.notes[1].endswith(text), f"the comment is {server.notes[1]}")


@dataclass
class Workflow:
    """A fresh checkout, and a server that knows three runs of it: an old one, one, a stranger's."""

    subject: Subject
    copy: Project
    server: GitHub

    def call(self, recipe: str, code: int = 0) -> list[Completed]:
        """Run each command of a workflow that calls this recipe; it has to end with this code."""
        done = [self._run(step) for step in self._commands(recipe)]
        for one in done:
            expect(one.code == code, f"{recipe} ended with {one.code}: see {one.log}\n{one.tail()}")
        return done

    def fetches_models(self) -> None:
        """Expect the newest model of somebody who may write, never that of a pull request."""
        for recipe in ("previous-model", "released-model"):
            forget(self.copy)
            if self.call(recipe):
                found, kept = version(self.copy), version(self.subject.project)
                expect(found == kept, f"{recipe} fetched version {found}, not {kept}")
        newest = next(run for run in self.server.runs if run.number == TRAINED)
        newest.artifacts = dict.fromkeys(newest.artifacts)
        self._says("previous-model", "has expired")
        newest.commit = "0" * 40
        self._says("released-model", "train this commit", code=1)

    def comments(self) -> None:
        """Expect one comment, which the second run of a pull request replaces."""
        for text in ("# The first\n", "# The second\n"):
            of_pull_request = next(run for run in self.server.runs if run.number == OF_A_FORK)
            of_pull_request.artifacts["summary"] = gitlab.packed({"summary.md": text.encode()})
            (self.copy.root / "reports" / "summary.md").unlink(missing_ok=True)
            called = self.call("comment")
            expect(called, "no workflow comments")
            expect(self.server.comments == [text], f"the comments are {self.server.comments}")

    def releases(self) -> None:
        """Expect that what is published is what can be fetched, and nothing without its tag."""
        for name, text in RELEASED.items():
            place = self.copy.root / "dist" / name
            place.parent.mkdir(exist_ok=True)
            place.write_text(text, encoding="utf-8")
        self._says("release-outputs", "digest=sha256:" + "a" * 64)
        self.call("publish", code=1)
        expect(not self.server.releases, "published without a tag")
        self.server.tags.append(TAG)
        if self.call("publish"):
            expect(not self.server.drafts, "a draft is left")
            kept = {name: one.decode() for name, one in self.server.releases[TAG].items()}
            expect(kept == RELEASED, f"published: {kept}")
        for recipe in ("fetch-release", "newest-release"):
            shutil.rmtree(self.copy.root / "dist", ignore_errors=True)
            if self.call(recipe):
                text = (self.copy.root / "dist" / "release.json").read_text(encoding="utf-8")
                expect(text == RELEASED["release.json"], f"{recipe} fetched {text}")

    def _says(self, recipe: str, words: str, code: int = 0) -> None:
        for done in self.call(recipe, code):
            text = done.log.read_text(encoding="utf-8", errors="replace")
            expect(words in text, f"{recipe} does not say {words!r}: {done.tail()}")

    def _commands(self, recipe: str) -> list[Step]:
        found = {step.run: step for step in steps(self.subject) if step.recipe == recipe}
        return list(found.values())

    def _run(self, step: Step) -> Completed:
        given = {name: _value(text) for name, text in step.variables.items()}
        words = [given.get(word.removeprefix("$"), word) for word in step.words]
        there = replace(self.copy, environment=self.copy.environment | given)
        return there.run(*words)


def _value(text: str) -> str:
    found = _EXPRESSION.fullmatch(text)
    if found is None:
        return text
    expect(found[1] in SAID, f"nobody says here what {text} is")
    return SAID[found[1]]


@contextmanager
def workflow_of(subject: Subject) -> Iterator[Workflow]:
    """Yield a fresh checkout of the default branch, in which `gh` asks a server of our own."""
    if os.name != "posix":
        raise NotVerified("the socket of a file, by which gh is led to a server of our own")
    client = program_of(subject.project, PACKAGE, "gh").parent
    copy = fresh_copy(subject)
    forget(copy)
    commit = git("rev-parse", "HEAD", cwd=copy.root).strip()
    git("remote", "add", "origin", ORIGIN, cwd=copy.root)
    names = tuple(Path(name).stem for name in github_files(subject) if "/workflows/" in name)
    server = GitHub(names, _runs(subject.root, commit))
    with reachable(server) as variables:
        path = os.pathsep.join((str(client), copy.environment["PATH"]))
        copy.environment = {**copy.environment, **variables, "PATH": path}
        yield Workflow(subject, copy, server)


def _runs(root: Path, commit: str) -> list[Run]:
    """Return three runs; the stranger's is the newest, of a branch with the name of ours."""
    ours, stranger = gitlab.packed_registry(root), gitlab.packed(STRANGE)
    return [
        Run(OLD, "train", "0" * 40, artifacts={"registry": None}),
        Run(TRAINED, "train", commit, artifacts={"registry": ours}),
        Run(OF_A_FORK, "train", commit, "pull_request", artifacts={"registry": stranger}),
    ]
