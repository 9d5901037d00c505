"""The rehearsal of canaries among people is red when one that breaks its promises stays."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from mlstamp.checks import kubernetes_canary as canaries
from mlstamp.checks import released
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.checks.dashboards import CANARY
from mlstamp.checks.kubernetes_canary import Canaries, People
from mlstamp.cluster.analysis import Phase
from mlstamp.cluster.rollouts import Analysis
from mlstamp.project import Completed
from tests.checks.fakes import ROWS, fake_subject, good_service
from tests.checks.test_kubernetes_delivery import APP, APPS, POD, STATUS, Recipe
from tests.support import ROOT, web, write_all

pytestmark = pytest.mark.skipif(not released.SCRIPTS_RUN, reason="the played programs are scripts")
FOUND: dict[object, dict[str, Phase]] = {
    canaries.slowly: {"slow": Phase.FAILED},
    canaries.in_vain: {"errors": Phase.FAILED},
    canaries.hardly: {"requests": Phase.INCONCLUSIVE},
    canaries.well: {"requests": Phase.SUCCESSFUL},
}
STEPS = [{"pause": {}}, {"analysis": {"templates": [{"templateName": "canary"}]}}]


@dataclass
class Analysed(Recipe):
    """Does in the cluster what the recipe does; a test lets one thing go wrong."""

    blind: bool = False  # it takes a canary for a good one, whatever the analysis found

    def run(self, *command: str, timeout: float = 600) -> Completed:
        folder = Path(self.environment["KUBECONFIG"]).parent
        release = json.loads((folder / command[-1]).read_text(encoding="utf-8"))
        image, log = release["image"], self.root / "log"
        self._apply(image)
        self._ask("POST", POD, {})
        status = self._outcome() if self.stable else {"phase": "Healthy"}
        good = status["phase"] == "Healthy" or self.blind
        if good:
            for _ in self.stable[:1]:  # what came of the canary
                self._ask("POST", POD, {})
            self._ask("PATCH", STATUS, {"status": {"promoteFull": True}})
            self.stable.append(image)
        elif not self.careless:
            self._apply(self.stable[-1])
        unclear = "too few requests to tell" if "Inconclusive" in str(status) else ""
        log.write_text("" if good else f"{status.get('message')} {unclear}", encoding="utf-8")
        return Completed(command, int(not good), timeout, "", log)

    def _outcome(self) -> dict[str, str]:
        self._ask("PATCH", STATUS, {"status": {"pauseConditions": None}})
        self._ask("GET", APP)
        return dict(self._ask("GET", APP)["status"])

    def _apply(self, image: str) -> None:
        super()._apply(image)
        canary = {"stableService": "stable", "canaryService": "canary", "steps": STEPS}
        self._ask("PATCH", APP, {"spec": {"strategy": {"canary": canary}}})
        self._ask("GET", APPS)
        self._ask("GET", APP)


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """A project whose canaries do as they should; a test breaks one thing."""

    @contextmanager
    def seen(_: Subject, service: str) -> Iterator[People]:
        yield People(service, "", tmp_path / "targets.json", {}, ROWS)

    def analyse(people: People, asked: Analysis) -> Mapping[str, Phase]:
        assert asked.template == "canary"
        return FOUND[people.behave]

    monkeypatch.setattr(canaries, "needs", lambda _: None)
    monkeypatch.setattr(canaries, "watched", seen)
    monkeypatch.setattr(People, "analyse", analyse)
    overlay = "deploy/kubernetes/overlays/staging/kustomization.yaml"
    subject = fake_subject(tmp_path)
    write_all(tmp_path, {overlay: "", "config/default.yaml": "", "bundles/abc/contract.json": "{}"})
    subject.project = Analysed(tmp_path, tmp_path / "logs", route=good_service)
    return subject


def test_canaries_that_break_their_promises_are_taken_away(subject: Subject) -> None:
    Canaries().run(subject)
    assert isinstance(subject.project, Analysed)
    assert [image[-1] for image in subject.project.stable] == ["a", "e"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [("blind", 'not taken back with \'Metric "slow" assessed Failed'), ("careless", "'Degraded'")],
)
def test_one_that_stays_is_red(subject: Subject, fault: str, words: str) -> None:
    setattr(subject.project, fault, True)
    with pytest.raises(Failed, match=words):
        Canaries().run(subject)


def test_without_prometheus_or_scripts_nothing_is_said(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise NotVerified(name)

    monkeypatch.setattr(canaries, "needs", absent)
    with pytest.raises(NotVerified, match="prometheus"):
        Canaries().run(subject)
    monkeypatch.setattr(released, "SCRIPTS_RUN", False)
    with pytest.raises(NotVerified, match="scripts"):
        Canaries().run(subject)


@pytest.mark.parametrize(
    ("behave", "least", "most"),
    [
        (canaries.well, canaries.MANY, canaries.MANY),
        (canaries.hardly, canaries.FEW, canaries.FEW),
        (canaries.slowly, canaries.MANY + canaries.LATE, canaries.MANY + canaries.LATE),
        (canaries.in_vain, canaries.MANY + canaries.PLACES, canaries.MANY + canaries.PLACES),
    ],
)
def test_people_ask_between_two_scrapes_and_the_analysis_asks_for_the_canary(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    behave: Callable[[People], None],
    least: int,
    most: int,
) -> None:
    asked, turn, queries = 0, threading.Lock(), []

    def service(path: str, body: bytes) -> tuple[int, str, object]:
        nonlocal asked
        with turn:
            asked += path == "/v1/predict"
        return good_service(path, body)

    def prometheus(path: str, _: bytes) -> tuple[int, str, object]:
        (query,) = parse_qs(urlsplit(path).query)["query"]
        queries.append((query, asked))
        data = {"result": [{"value": [0, str(len(queries))]}]}
        return 200, "application/json", {"status": "success", "data": data}

    monkeypatch.setattr(canaries, "HELD_BACK", 0.01)
    template = yaml.safe_load((ROOT / "template" / CANARY).read_text(encoding="utf-8"))
    with web(service) as url, web(prometheus) as other:
        targets = tmp_path / "targets.json"
        people = People(url, other, targets, {"canary": template}, ROWS, behave)
        found = people.analyse(
            Analysis("song-prod", "abc", "canary", {"namespace": "song-prod", "canary": "abc"})
        )
    assert set(found) == {"requests", "errors", "slow", "nonfinite"}
    assert least <= asked <= most
    assert queries[0][1] == 0
    assert all('rollouts_pod_template_hash="abc"' in query for query, _ in queries)
    (target,) = json.loads(targets.read_text(encoding="utf-8"))
    assert target["labels"] == {"namespace": "song-prod", "rollouts_pod_template_hash": "abc"}
