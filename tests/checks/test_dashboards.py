"""A panel that asks for nothing, for something unknown, or that no code makes is seen."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from mlstamp.checks import dashboards
from mlstamp.checks.base import Check, Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.fakes import FakeProject, good_service
from tests.checks.watched import ALERT, set_panels, set_rules, watched
from tests.support import Route, write_all

SCRAPE = "# HELP songs_total Songs.\n# TYPE songs_total counter\n# TYPE beat histogram\n"


@dataclass
class Workshop(FakeProject):
    """Plays uv: running the code of the dashboards does what a test says, by default nothing."""

    makes: Callable[[Path], object] = lambda _: None

    def must(self, *command: str, timeout: float = 600) -> Completed:
        if "--script" in command:
            self.makes(Path(command[-1]).parent / "dashboards")
        return super().must(*command, timeout=timeout)


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    return watched(tmp_path, monkeypatch)


CHECKS = [dashboards.Metrics(), dashboards.Expressions(), dashboards.FromCode()]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_good_dashboard_is_green(subject: Subject, check: Check) -> None:
    check.run(subject)


def test_a_metric_that_nothing_exposes_is_red_wherever_it_stands(subject: Subject) -> None:
    set_panels(subject, "rate(song_total[5m])")
    with pytest.raises(Failed, match="Songs: no metric song_total"):
        dashboards.Metrics().run(subject)
    set_panels(subject, 'songs_total{colour="red"}')
    with pytest.raises(Failed, match="Songs: songs_total has no label colour"):
        dashboards.Metrics().run(subject)
    set_panels(subject, "songs_total")
    set_panels(subject, "notes_total", page="second")
    with pytest.raises(Failed, match="Songs: no metric notes_total"):
        dashboards.Metrics().run(subject)
    set_panels(subject, "songs_total", page="second")
    set_rules(subject, ALERT | {"expr": "notes_total"})
    with pytest.raises(Failed, match="rules: no metric notes_total"):
        dashboards.Metrics().run(subject)
    set_rules(subject, ALERT)
    query = {"name": "errors", "provider": {"prometheus": {"query": "beats"}}}
    canary = yaml.safe_dump({"spec": {"metrics": [query]}})
    write_all(subject.root, {dashboards.CANARY: canary})
    with pytest.raises(Failed, match="canary errors: no metric beats"):
        dashboards.Metrics().run(subject)


def test_what_the_monitor_exposes_and_what_the_service_notes_are_known(subject: Subject) -> None:
    set_panels(subject, "ml_songs_lost_total", 'ml_drift{feature="tempo"}')
    with pytest.raises(Failed, match=r"ml_songs_lost_total.*ml_drift"):
        dashboards.Metrics().run(subject)
    texts = {
        f"src/song/{dashboards.EVENTS}": 'EVENTS = ("songs_lost",)\n',
        f"src/song/{dashboards.MONITOR}": 'GAUGES = {"ml_drift": ("Drift.", ("feature",))}\n',
    }
    write_all(subject.root, texts)
    dashboards.Metrics().run(subject)


def test_dashboards_that_ask_for_nothing_are_red(subject: Subject) -> None:
    set_panels(subject)
    with pytest.raises(Failed, match="ask for nothing"):
        dashboards.Expressions().run(subject)


def test_an_expression_that_promtool_refuses_is_red_and_its_absence_is_said(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject.project = FakeProject(subject.root, subject.root / "logs", broken=("promtool",))
    with pytest.raises(StepFailed, match="promtool"):
        dashboards.Expressions().run(subject)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotVerified, match="promtool"):
        dashboards.Expressions().run(subject)


def test_a_dashboard_that_is_not_what_its_code_makes_is_red(subject: Subject) -> None:
    def by(makes: Callable[[Path], object]) -> Subject:
        subject.project = Workshop(subject.root, subject.root / "logs", makes=makes)
        return subject

    dashboards.FromCode().run(by(lambda _: None))
    with pytest.raises(Failed, match="not what the code makes: songs"):
        dashboards.FromCode().run(by(lambda made: (made / "songs.json").write_text("{}")))
    with pytest.raises(Failed, match="not what the code makes: other"):
        dashboards.FromCode().run(by(lambda made: (made / "other.json").write_text("{}")))


def test_code_of_dashboards_that_pins_nothing_is_red_and_no_library_is_said(
    subject: Subject,
) -> None:
    subject.project = FakeProject(subject.root, subject.root / "logs", broken=("--version",))
    with pytest.raises(NotVerified):
        dashboards.FromCode().run(subject)
    write_all(subject.root, {f"{dashboards.CODE}/build.py": "import any_library\n"})
    with pytest.raises(Failed, match="pins no library"):
        dashboards.FromCode().run(subject)


def scraped(text: str) -> Route:
    """Return a service that has these metrics."""

    def route(path: str, body: bytes) -> tuple[int, str, object]:
        if path == "/metrics":
            return 200, "text/plain", text.encode()
        return good_service(path, body)

    return route


def test_a_metric_that_no_scrape_brings_is_red(subject: Subject) -> None:
    set_panels(subject, "songs_total", "beat_bucket", "beat_count")
    subject.project = FakeProject(subject.root, subject.root / "logs", route=scraped(SCRAPE))
    dashboards.Scraped().run(subject)
    subject.project = FakeProject(
        subject.root, subject.root / "logs", route=scraped("# TYPE songs_total counter\n")
    )
    with pytest.raises(Failed, match="does not expose beat_bucket, beat_count"):
        dashboards.Scraped().run(subject)


def test_what_the_monitor_exposes_is_not_asked_of_the_service(subject: Subject) -> None:
    set_panels(subject, "songs_total", "ml_drift")
    monitor = 'GAUGES = {"ml_drift": ("Drift.", ("feature",))}\n'
    write_all(subject.root, {f"src/song/{dashboards.MONITOR}": monitor})
    subject.project = FakeProject(subject.root, subject.root / "logs", route=scraped(SCRAPE))
    dashboards.Scraped().run(subject)
