"""The page of the planted faults says which there are."""

from __future__ import annotations

from mlstamp import faults
from scripts import make_faults
from tests.support import ROOT


def test_the_page_is_what_the_faults_are_now() -> None:
    written = make_faults.PAGE.read_text(encoding="utf-8")
    assert written == make_faults.page(faults.read(make_faults.FOLDER)), (
        "docs/planted-faults.md is out of date: run uv run python generator/scripts/make_faults.py"
    )


def test_the_readme_says_how_many_there_are() -> None:
    said = f"[{len(faults.read(make_faults.FOLDER))} planted faults](docs/planted-faults.md)"
    assert said in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_fault_that_survives_is_told_with_its_reason() -> None:
    one = faults.Fault("a", "It.", "pristine.text", "x", (), survives="Nobody can see it.")
    assert "- `a`: Nobody can see it." in make_faults.page([one])
