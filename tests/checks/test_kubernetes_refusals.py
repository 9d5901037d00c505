"""A deployment that goes on, or changes a cluster before it stops, is red; the recipe is played."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlstamp.checks import kubernetes_refusals, released
from mlstamp.checks.base import Failed, NotVerified
from mlstamp.checks.kubernetes_refusals import Refuses
from mlstamp.cluster import Cluster, cluster
from mlstamp.http import get
from mlstamp.project import Completed, Project
from tests.checks.fakes import FakeProject, fake_subject
from tests.checks.manifests import in_order
from tests.support import write_all

scripts = pytest.mark.skipif(not released.SCRIPTS_RUN, reason="the played programs are scripts")
SENTENCES = (
    "cosign vouches for no signature of acme",
    "There is no secret log with url",
    "kubectl edit secret log`, then deploy again. Nothing was changed.",
    "no resource type rollout",
)


@dataclass
class Recipe(FakeProject):
    """Says one sentence after the other, and reads of the cluster, or changes it, before."""

    said: list[str] = field(default_factory=lambda: list(SENTENCES))
    code: int = 1
    changes: bool = False

    def run(self, *command: str, timeout: float = 600) -> Completed:
        self.commands.append(command)
        if self.changes:
            there = Path(self.environment["KUBECONFIG"]).read_text(encoding="utf-8")
            url = there.partition('"server": "')[2].partition('"')[0]
            request = urllib.request.Request(f"{url}/api", b"{}", method="PATCH")
            urllib.request.urlopen(request).close()
        log = self.root / "log"
        log.write_text(self.said.pop(0), encoding="utf-8")
        return Completed(command, self.code, timeout, "", log)


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    in_order(tmp_path, monkeypatch)
    write_all(tmp_path, {"config/default.yaml": ""})
    return Recipe(tmp_path, tmp_path / "logs")


def tried(recipe: Recipe) -> None:
    subject = fake_subject(recipe.root)
    subject.project = recipe
    Refuses().run(subject)


@scripts
def test_a_deployment_that_stops_each_time_in_its_sentence_is_green(recipe: Recipe) -> None:
    tried(recipe)
    assert [command[-3:] for command in recipe.commands] == [("deploy", "prod", "release.json")] * 4


@scripts
def test_a_deployment_that_goes_on_or_says_something_else_is_red(recipe: Recipe) -> None:
    recipe.code = 0
    with pytest.raises(Failed, match="not refused with 'cosign vouches"):
        tried(recipe)
    recipe.code, recipe.said = 1, [SENTENCES[0], "no idea"]
    with pytest.raises(Failed, match="not refused with 'There is no secret"):
        tried(recipe)


@scripts
def test_a_cluster_that_is_changed_before_it_is_refused_is_red(recipe: Recipe) -> None:
    recipe.changes = True
    with pytest.raises(Failed, match=r"changed before it was refused: \['PATCH /api'\]"):
        tried(recipe)


def test_where_no_script_is_a_program_nothing_is_said(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kubernetes_refusals, "SCRIPTS_RUN", False)
    with pytest.raises(NotVerified, match="played by scripts"):
        tried(recipe)


@scripts
def test_a_played_program_ends_as_it_is_told(tmp_path: Path) -> None:
    released.play(tmp_path / "bin" / "cosign", 10, "Error: no")
    done = Project(tmp_path, tmp_path / "logs").run(str(tmp_path / "bin" / "cosign"))
    assert (done.code, done.tail()) == (10, "Error: no")


def test_the_cluster_has_the_secrets_that_it_is_given_and_tells_what_it_was_asked() -> None:
    with cluster() as made:
        assert asked(made, "log") == (404, None)
        made.secrets["song-prod/log"] = {"url": ""}
        assert asked(made, "log") == (200, {"url": ""})
        assert get(f"{made.url}/api/v1").json()["resources"][0]["name"] == "secrets"
    assert made.asked[-1] == "GET /api/v1"


def asked(made: Cluster, name: str) -> tuple[int, object]:
    answer = get(f"{made.url}/api/v1/namespaces/song-prod/secrets/{name}?a=b")
    return answer.status, answer.json().get("data")
