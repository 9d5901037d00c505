"""The results as JUnit's XML, which CI servers show as tests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

from .runner import Outcome, Result

_ELEMENTS = {
    Outcome.RED: "failure",
    Outcome.BLOCKED: "error",
    Outcome.NOT_VERIFIED: "skipped",
    Outcome.LEFT_OUT: "skipped",
    Outcome.SEEN: "system-out",
}
_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(path: Path, results: Iterable[Result]) -> None:
    """Write one suite a variant and one case a check."""
    root, suites = ET.Element("testsuites", name="mlstamp"), dict[str, list[Result]]()
    for result in results:
        suites.setdefault(result.variant, []).append(result)
    for variant, cases in suites.items():
        root.append(_suite(variant, cases))
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _suite(variant: str, cases: list[Result]) -> ET.Element:
    kinds = [_ELEMENTS.get(case.outcome, "") for case in cases]
    counts = {f"{kind}s": str(kinds.count(kind)) for kind in ("failure", "error")}
    counts |= {"tests": str(len(cases)), "skipped": str(kinds.count("skipped"))}
    time = f"{sum(case.seconds for case in cases):.3f}"
    suite = ET.Element("testsuite", name=variant, time=time, attrib=counts)
    suite.extend(map(_case, cases))
    return suite


def _case(result: Result) -> ET.Element:
    time = f"{result.seconds:.3f}"
    case = ET.Element("testcase", classname=result.variant, name=result.check, time=time)
    if kind := _ELEMENTS.get(result.outcome):
        said = f"{result.outcome}: {result.detail}".rstrip(": ")
        message = {} if kind == "system-out" else {"message": _plain(said.partition("\n")[0])}
        ET.SubElement(case, kind, message).text = _plain(f"{said}\n{result.log}".rstrip())
    return case


def _plain(text: str) -> str:
    """Leave out what XML cannot hold, such as the colours of a log."""
    return _NOT_XML.sub("", text)
