"""The whole lifecycle, as a person would run it."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser
from typing import Any

from ..http import Answer, get, post
from .base import Check, Subject, expect, listing

MOST_ROWS, MEBIBYTE = 10_000, 1 << 20


class Lifecycle(Check):
    """`just lifecycle` goes from raw data to a promoted champion."""

    id = "runtime.lifecycle"
    requires = ("quality.sync",)

    def run(self, subject: Subject) -> None:
        """`just lifecycle` fails or leaves no champion."""
        subject.project.recipe("lifecycle", timeout=900)
        subject.project.champion()


class SameAnswers(Check):
    """The service answers exactly what the model answered offline, row for row."""

    id = "runtime.serving"
    requires = ("runtime.lifecycle",)

    def run(self, subject: Subject) -> None:
        """The service does not answer, or answers differently from the model offline."""
        recorded = replay(subject)
        with subject.project.serve() as url:
            answer = post(f"{url}/v1/predict", {"rows": recorded["rows"]})
            expect(answer.status == 200, f"/v1/predict said {answer.status}: {answer.body[:300]!r}")
            for path in pages(subject):
                expect(get(url + path).status == 200, f"{path} said {get(url + path).status}")
        scores = [row["score"] for row in answer.json()["predictions"]]
        expect(len(scores) == len(recorded["scores"]) > 0, f"{len(scores)} rows were answered")
        pairs = zip(scores, recorded["scores"], strict=True)
        off = [f"row {i}: {a} not {b}" for i, (a, b) in enumerate(pairs) if not same(a, b)]
        expect(not off, listing(off))


def pages(subject: Subject) -> tuple[str, ...]:
    """Return the paths that anybody may look at; only monitoring counts anything to show."""
    counted = ("/metrics",) if subject.answers.get("monitoring") else ()
    return ("/live", "/ready", "/v1/model", *counted)


def same(score: float, offline: float) -> bool:
    """Tell whether two scores are one figure, but for the last bits of a float."""
    return math.isclose(score, offline, rel_tol=1e-9, abs_tol=1e-12)


class Onnx(Check):
    """ONNX Runtime answers for the sample problem: it gives the scores of scikit-learn."""

    id = "runtime.onnx"
    requires = ("runtime.lifecycle",)
    capability = "onnx"
    needs_template = True  # another problem may be one that ONNX cannot express
    rendered_only = True

    def run(self, subject: Subject) -> None:
        """The champion falls back to scikit-learn."""
        contract = json.loads((subject.project.champion() / "contract.json").read_bytes())
        expect(contract["runtime"] == "onnx", str(contract["runtime_reason"]))


class BadRequests(Check):
    """Each bad request is answered by a typed problem that says what is wrong."""

    id = "runtime.bad_requests"
    requires = ("runtime.serving",)

    def run(self, subject: Subject) -> None:
        """A bad request is accepted, crashes the service, or gets an untyped answer."""
        row = replay(subject)["rows"][0]
        with subject.project.serve() as url:
            faults = [
                f"{name}: {fault}"
                for name, body in bad_bodies(row).items()
                if (fault := fault_of(post(f"{url}/v1/predict", body)))
            ]
            if fault := fault_of(get(f"{url}/no-such-page")):
                faults.append(f"unknown path: {fault}")
            good = post(f"{url}/v1/predict", {"rows": [row]}).status
        expect(not faults, listing(faults))
        expect(good == 200, f"afterwards a good request got {good}")


def bad_bodies(row: dict[str, Any]) -> dict[str, object]:
    """Return bad requests by name, made from one good row of any problem."""
    number = next(k for k, v in row.items() if isinstance(v, (int, float)) and v is not True)
    infinite = json.dumps({"rows": [{**row, number: math.inf}]}).encode()
    return {
        "no JSON": b"{",
        "empty body": b"",
        "not an object": [],
        "no rows": {"rows": []},
        "row without columns": {"rows": [{}]},
        "unknown column": {"rows": [{**row, "no_such_column": 1}]},
        "text for a number": {"rows": [{**row, number: "many"}]},
        "list for a number": {"rows": [{**row, number: [1]}]},
        "NaN": json.dumps({"rows": [{**row, number: math.nan}]}).encode(),
        "infinity": infinite,
        "too many rows": {"rows": [row] * (MOST_ROWS + 1)},
        "10 MB body": b'{"rows": [' + b" " * (10 * MEBIBYTE) + b"]}",
    }


def fault_of(answer: Answer) -> str:
    """Return what is wrong with the answer to a bad request, or nothing."""
    if not 400 <= answer.status < 500:
        return f"status {answer.status}"
    if answer.media_type != "application/problem+json":
        return f"content type {answer.media_type}"
    problem = answer.json()
    missing = {"type", "title", "status", "detail"} - set(problem or {})
    return f"no {', '.join(sorted(missing))}" if missing else ""


class Report(Check):
    """One HTML report and a model card say how good the champion is, without the network."""

    id = "runtime.report"
    requires = ("runtime.lifecycle",)
    capability = "report"

    def run(self, subject: Subject) -> None:
        """The report or the model card is missing, empty, or loads something from elsewhere."""
        folder = subject.root / "reports" / subject.project.champion().name
        for name in ("report.html", "model_card.md", "evaluation.json"):
            expect((folder / name).is_file(), f"{name} is missing")
        text = (folder / "report.html").read_text(encoding="utf-8")
        outside = loads(text)
        expect(not outside, f"it loads {listing(outside)}")
        expect("<svg" in text or "data:image/" in text, "it has no plot")


class _Loads(HTMLParser):
    """Collects what a page loads by itself; links that a reader follows are no loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            loaded = name in {"src", "srcset", "poster"} or (tag == "link" and name == "href")
            if loaded and value and not value.startswith(("data:", "#")):
                self.found.append(value)


def loads(page: str) -> list[str]:
    """Return everything that a page would fetch when it is opened."""
    parser = _Loads()
    parser.feed(page)
    styles = re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)", page)
    return parser.found + styles


class Explain(Check):
    """A logged prediction can be replayed exactly."""

    id = "runtime.explain"
    requires = ("runtime.serving",)
    capability = "monitoring"

    def run(self, subject: Subject) -> None:
        """`explain` does not replay a prediction that was just made."""
        with subject.project.serve() as url:
            answer = post(f"{url}/v1/predict", {"rows": replay(subject)["rows"][:1]})
        expect(answer.status == 200, f"/v1/predict said {answer.status}")
        subject.project.cli("explain", answer.json()["predictions"][0]["id"])


def replay(subject: Subject) -> dict[str, Any]:
    """Return the rows that the Bundle carries and their offline scores."""
    recorded = subject.project.champion() / "replay.json"
    expect(recorded.is_file(), "the Bundle has no replay.json")
    return dict(json.loads(recorded.read_text(encoding="utf-8")))
