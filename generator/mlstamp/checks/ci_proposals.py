"""What Renovate makes of a project: the recipe of GitLab's pipeline, with a GitLab that is played.

Renovate and git are real, and so are the indexes of packages that it asks. The repository that it
finds has a few tools in versions of long ago; each has to come as a merge request.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .. import git_host
from ..api import Reply, Request, answering_with, in_json
from ..errors import StepFailed
from ..project import Project
from ..source import git
from ..stand_in import serving
from .base import Failed, NotVerified, Subject, expect
from .ci_run import fresh_copy
from .ci_tools import OfCi

NAME, TOKEN = "acme/churn", "of-a-test"
PROJECT = "/api/v4/projects/acme%2Fchurn"
USER = {"id": 1, "name": "renovate", "username": "renovate", "email": "renovate@example.com"}
RECIPES = "deploy/ci.just"
# Tools of recipes, of PyPI and of npm, and versions of them that are old.
OLD = {"detect-secrets": "1.4.0", "pip-audit": "2.7.0", "renovate": "43.0.0"}
# Nothing else is asked for: not what is on servers that cannot be reached from everywhere.
ONLY = [{"matchPackageNames": ["*"], "enabled": False}]
ONLY += [{"matchPackageNames": list(OLD), "enabled": True}]
_PIN = r"(\b{}(?:==|@))([\d.]+)"
_CALL = re.compile(r"uvx --from \S+ npx --yes \S+")


@dataclass
class Forge:
    """One project with its repository in a folder, and the merge requests that are opened."""

    root: Path
    url: str = ""
    opened: list[dict[str, Any]] = field(default_factory=list)

    @property
    def repository(self) -> Path:
        """Where the bare repository is."""
        return self.root / f"{NAME}.git"

    def answer(self, asked: Request) -> Reply:
        """Return what GitLab says to who shows its token, and git to who shows it as a password."""
        if asked.path.startswith(f"/{NAME}.git/"):
            shown = base64.b64decode(asked.authorization.removeprefix("Basic ")).decode()
            if not shown.endswith(f":{TOKEN}"):
                return in_json({}, 401, WWW_Authenticate='Basic realm="ours"')
            return git_host.answer(self.root, asked)
        if TOKEN not in (asked.headers.get("PRIVATE-TOKEN"), asked.authorization[7:]):
            return in_json({"message": "401 Unauthorized"}, 401)
        said = self._said(asked.method, asked.path.removeprefix(PROJECT), asked)
        return said or in_json({"message": "404 Not found"}, 404)

    def _said(self, method: str, path: str, asked: Request) -> Reply | None:
        """Return what is known by a path within the project, or of GitLab itself."""
        if method == "POST" and path == "/merge_requests":
            made = {"iid": len(self.opened) + 1, "state": "opened", **asked.json()}
            self.opened.append(made)
            return in_json(made, 201)
        if method == "POST":  # the state of a commit, a comment, the page with all that is known
            return in_json({"id": 1, "iid": 1}, 201)
        if found := re.fullmatch(r"/merge_requests/(\d+)", path):
            return in_json(self.opened[int(found[1]) - 1] | {"diverged_commits_count": 0})
        if re.fullmatch(r"/repository/commits/[0-9a-f]{40}", path):
            return in_json({"last_pipeline": {"id": 1}})
        lists = {"/merge_requests": self.opened}
        if path.endswith(("/issues", "/statuses", "/notes")) or path in lists:
            return in_json(lists.get(path, []))
        about = {"id": 1, "path_with_namespace": NAME, "default_branch": "main"}
        here = about | {"http_url_to_repo": f"{self.url}/{NAME}.git", "merge_method": "merge"}
        known = {"": here, "/api/v4/user": USER, "/api/v4/version": {"version": "18.5.0"}}
        return in_json(known[path]) if path in known else None


class Proposals(OfCi):
    """Tools that have grown old come as merge requests, all at once, whatever day it is."""

    id = "ci.proposals"
    requires = ("ci.commands", "ci.renovate")
    servers = ("gitlab",)
    only_for = ("ci-gitlab",)

    def run(self, subject: Subject) -> None:
        """Renovate cannot be run by the recipe, or leaves a tool at its old version."""
        copy = fresh_copy(subject, "renovate-copy")
        installed(copy)
        with forge(subject, copy) as server:
            own = {
                "CI_API_V4_URL": f"{server.url}/api/v4",
                "CI_PROJECT_PATH": NAME,
                "RENOVATE_TOKEN": TOKEN,
                "RENOVATE_BASE_DIR": str(subject.work / "renovate"),
                "RENOVATE_PACKAGE_RULES": json.dumps(ONLY),
            }
            there = replace(copy, environment={**copy.environment, **own})
            there.must(*there.launcher, "just", "renovate")
        moved = {name for request in server.opened for name in moved_by(server, request)}
        expect(moved == set(OLD), f"no merge request for {', '.join(sorted(set(OLD) - moved))}")


@contextmanager
def forge(subject: Subject, copy: Project) -> Iterator[Forge]:
    """Yield a GitLab that has this project, with tools that have grown old."""
    old = fresh_copy(subject, "renovate-old")
    text = (copy.root / RECIPES).read_text(encoding="utf-8")
    for name, version in OLD.items():
        text = re.sub(_PIN.format(name), rf"\g<1>{version}", text)
    (old.root / RECIPES).write_text(text, encoding="utf-8")
    git("checkout", "--quiet", "-B", "main", cwd=old.root, plain=True)
    git("commit", "--quiet", "--message", "Grow old", RECIPES, cwd=old.root, plain=True)
    server = Forge(subject.work / "forge")
    shutil.rmtree(server.root, ignore_errors=True)
    git_host.hosted(old.root, server.repository)
    with serving(answering_with(server.answer)) as server.url:
        yield server


def installed(project: Project) -> None:
    """Raise NotVerified unless the tools that the recipe names can be had here."""
    call = _CALL.search((project.root / RECIPES).read_text(encoding="utf-8"))
    if call is None:
        raise Failed(f"{RECIPES} does not bring the Node that Renovate needs")
    try:
        project.must(*call[0].split(), "--version")
    except StepFailed:
        raise NotVerified("renovate") from None


def moved_by(server: Forge, request: dict[str, Any]) -> list[str]:
    """Return the tools that a merge request takes to another version."""
    branch = request["source_branch"]
    text = git("show", f"{branch}:{RECIPES}", cwd=server.repository)
    now = {name: re.findall(_PIN.format(name), text) for name in OLD}
    return [name for name, old in OLD.items() if old not in {pin for _, pin in now[name]}]
