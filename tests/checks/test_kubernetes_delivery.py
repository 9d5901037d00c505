"""The rehearsal in a cluster is red when a bad release stays, or the way back does not work."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mlstamp.checks import released
from mlstamp.checks.base import Failed, NotVerified
from mlstamp.checks.kubernetes_delivery import Delivers
from mlstamp.project import Completed
from tests.checks.fakes import FakeProject, fake_subject
from tests.support import write_all

pytestmark = pytest.mark.skipif(not released.SCRIPTS_RUN, reason="the played programs are scripts")
NAMESPACE = "song-staging"
APPS = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/rollouts"
APP, STATUS = f"{APPS}/app", f"{APPS}/app/status"
POD = f"/api/v1/namespaces/{NAMESPACE}/pods/app/portforward"
REASONS = {
    "bad-first": "Nothing answers, as before: golden predictions differ",
    "bad-second": "The canary was taken away: golden predictions differ",
    "c": "The canary was taken away: http://127.0.0.1/ready was not 200",
}


@dataclass
class Recipe(FakeProject):
    """Does in the cluster what the recipes do; a test lets one thing go wrong."""

    lenient: str = ""  # what it deploys though it should not
    stubborn: bool = False  # it never goes back
    careless: bool = False  # it leaves an aborted canary as what is wanted
    hasty: bool = False  # it probes no canary
    stable: list[str] = field(default_factory=list)  # shared by copies

    def run(self, *command: str, timeout: float = 600) -> Completed:
        recipe, name = command[-3], Path(command[-1]).stem
        folder = Path(self.environment["KUBECONFIG"]).parent
        image = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["image"]
        refused = name in REASONS and name != self.lenient
        if refused and self.stable:
            self._abort(image)
        elif not refused and not (self.stubborn and recipe == "revert"):
            self._promote(image, canary=recipe == "deploy" and bool(self.stable))
        log = self.root / "log"
        log.write_text(REASONS[name] if refused else "", encoding="utf-8")
        return Completed(command, int(refused), timeout, "", log)

    def _abort(self, image: str) -> None:
        self._apply(image)
        self._ask("PATCH", STATUS, {"status": {"abort": True}})
        if not self.careless:
            self._apply(self.stable[-1])

    def _promote(self, image: str, *, canary: bool) -> None:
        self._apply(image)
        for _ in range(1 + (canary and not self.hasty)):
            self._ask("POST", POD, {})
        self._ask("PATCH", STATUS, {"status": {"promoteFull": True}})
        self.stable.append(image)

    def _apply(self, image: str) -> None:
        self._ask("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        template = {
            "metadata": {"labels": {"app": "song"}},
            "spec": {"containers": [{"image": image}]},
        }
        canary = {"stableService": "stable", "canaryService": "canary"}
        spec = {"template": template, "strategy": {"canary": canary}}
        self._ask("POST", APPS, {"metadata": {"name": "app"}, "spec": spec})
        self._ask("PATCH", APP, {"spec": spec})
        self._ask("GET", APP)  # after which the controller has seen it

    def _ask(self, method: str, path: str, content: dict[str, Any] | None = None) -> Any:
        there = json.loads(Path(self.environment["KUBECONFIG"]).read_text(encoding="utf-8"))
        url = there["clusters"][0]["cluster"]["server"]
        body = None if content is None else json.dumps(content).encode()
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url + path, body, method=method)
            ) as it:
                return json.load(it)
        except urllib.error.HTTPError as error:
            error.close()  # it is there already, or no pod answers


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    overlay = "deploy/kubernetes/overlays/prod/kustomization.yaml"
    contract = {"bundles/abc/contract.json": "{}"}
    write_all(tmp_path, {overlay: "{}\n", "config/default.yaml": "", **contract})
    return Recipe(tmp_path, tmp_path / "logs", route=lambda *_: (200, "text/plain", b""))


def tried(recipe: Recipe) -> None:
    subject = fake_subject(recipe.root)
    subject.project = recipe
    Delivers().run(subject)


def test_good_releases_that_answer_and_bad_ones_that_do_not_are_green(recipe: Recipe) -> None:
    tried(recipe)
    assert [image[-1] for image in recipe.stable] == ["a", "b", "a"]
    made = json.loads((recipe.root / "kubernetes/deploy-staging/a.json").read_text())
    assert made["model_digest"] == hashlib.sha256(b"{}").hexdigest()


@pytest.mark.parametrize(
    ("fault", "value", "words"),
    [
        ("lenient", "bad-first", "not taken back with 'Nothing answers, as before'"),
        ("lenient", "bad-second", "not taken back with 'golden predictions differ'"),
        ("lenient", "c", "not taken back with '/ready was not 200'"),
        ("stubborn", True, "revert a.json probed 0 times, not 1"),
        ("careless", True, "'Degraded'"),
        ("hasty", True, "deploy b.json probed 1 times, not 2"),
    ],
)
def test_whatever_goes_wrong_is_red(recipe: Recipe, fault: str, value: object, words: str) -> None:
    setattr(recipe, fault, value)
    with pytest.raises(Failed, match=words):
        tried(recipe)


def test_where_no_script_is_a_program_nothing_is_said(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlstamp.checks.released.SCRIPTS_RUN", False)
    with pytest.raises(NotVerified, match="played by scripts"):
        tried(recipe)
