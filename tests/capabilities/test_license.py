"""The licence: the text of the one that was chosen, or no file at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.capabilities.support import assert_owns_exactly, text
from tests.conftest import Rendered
from tests.support import files

OPENINGS = {
    "MIT": "MIT License",
    "Apache-2.0": "Apache License",
    "BSD-3-Clause": "BSD 3-Clause",
}


@pytest.mark.parametrize("chosen", OPENINGS)
def test_the_chosen_text_names_itself_and_the_owner(rendered: Rendered, chosen: str) -> None:
    said = text(rendered(license=chosen, owner="octo-org") / "LICENSE")
    assert OPENINGS[chosen] in said[:200]
    assert chosen == "Apache-2.0" or "octo-org" in said
    assert not [other for other in OPENINGS.values() if other in said and OPENINGS[chosen] != other]


@pytest.mark.parametrize("chosen", OPENINGS)
def test_the_package_says_which_licence_it_has(rendered: Rendered, chosen: str) -> None:
    assert f'license = "{chosen}"' in text(rendered(license=chosen) / "pyproject.toml")


def test_without_a_licence_there_is_no_file_and_no_claim(
    template: Path, rendered: Rendered
) -> None:
    off = rendered(license="none")
    assert_owns_exactly(template, "license", rendered(), off)
    assert "LICENSE" not in files(off)
    assert "license =" not in text(off / "pyproject.toml")
