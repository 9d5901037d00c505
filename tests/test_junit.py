"""What CI servers show as tests."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from mlstamp import junit
from mlstamp.runner import Outcome, Result

RESULTS = [
    Result("default", "a.one", "One.", Outcome.GREEN, 1.5),
    Result(
        "default", "a.two", "Two.", Outcome.RED, 0.5, "Broken <here> & there\x00", log="\x1b[31mlog"
    ),
    Result("default", "a.three", "Three.", Outcome.BLOCKED, detail="a.two is not green"),
    Result("minimal", "a.one", "One.", Outcome.NOT_VERIFIED, detail="docker"),
    Result("minimal", "a.two", "Two.", Outcome.SEEN, detail="2026-11-28"),
    Result("minimal", "a.three", "Three.", Outcome.LEFT_OUT, detail="the same"),
]


def written(folder: Path) -> ET.Element:
    junit.write(folder / "deep" / "r.xml", RESULTS)
    return ET.parse(folder / "deep" / "r.xml").getroot()  # noqa: S314 # we have just written it


def test_a_suite_is_a_variant_and_counts_what_it_holds(tmp_path: Path) -> None:
    wanted = {"tests": "3", "failures": "1", "errors": "1", "skipped": "0", "time": "2.000"}
    default, minimal = written(tmp_path)
    assert default.attrib == {"name": "default", **wanted}
    assert (minimal.get("name"), minimal.get("skipped")) == ("minimal", "2")


def test_a_case_is_a_check_and_says_how_it_ended(tmp_path: Path) -> None:
    cases = {(c.get("classname"), c.get("name")): c for c in written(tmp_path).iter("testcase")}
    ends = [[child.tag for child in case] for case in cases.values()]
    assert ends == [[], ["failure"], ["error"], ["skipped"], ["system-out"], ["skipped"]]
    assert cases["default", "a.one"].get("time") == "1.500"
    skipped = cases["minimal", "a.one"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "not verified here: docker"


def test_a_fault_comes_with_its_log_and_without_what_xml_cannot_hold(tmp_path: Path) -> None:
    fault = written(tmp_path).find(".//failure")
    assert fault is not None
    assert fault.get("message") == "red: Broken <here> & there"
    assert fault.text == "red: Broken <here> & there\n[31mlog"
