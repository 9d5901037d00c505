"""The closed loop: the project notices that the world has changed, learns, and promotes it."""

from __future__ import annotations

from ..loop import close
from ..loop.watchers import missing
from . import promql, rules
from .base import Check, NotVerified, Subject, expect
from .dashboards import missing_in

ROLLBACK_SECONDS = 60.0


class Closed(Check):
    """Drift leads to a better champion, broken inputs and a worse model lead to none."""

    id = "loop.closed"
    requires = ("runtime.serving",)
    capability = "retraining"

    def concerns(self, subject: Subject) -> bool:
        """Tell whether the subject has a loop, and the rules and routes that come with a stack."""
        return super().concerns(subject) and bool(subject.answers.get("container"))

    def run(self, subject: Subject) -> None:
        """The loop does not close, a request is lost on the way round, or a panel asks in vain."""
        if tool := missing():
            raise NotVerified(tool)
        figures = close(subject.project, subject.work / "loop", lambda _: None)
        expect(figures.lost == 0, f"{figures.lost} of {figures.requests} requests were lost")
        slow = f"it took {figures.rollback:.1f} s to roll back"
        expect(figures.rollback <= ROLLBACK_SECONDS, slow)
        known = figures.scraped | set(promql.recorded(rules.groups(subject)))
        unknown = missing_in(subject, known)
        expect(not unknown, f"no scrape brought {', '.join(unknown)}")
