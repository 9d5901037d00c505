"""The documentation says what is: its reference is up to date, its links lead somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from mlstamp import cli
from mlstamp.answers import Questionnaire
from mlstamp.source import copy_template
from scripts import make_reference
from tests.conftest import Rendered
from tests.support import ROOT

PACKAGE = ROOT / "template" / "src" / "{{package_name}}"
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if not page.name.startswith(".")
)
FENCE = re.compile(r"^```(?:sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:\$ |uv run )(?:uv run )?(mlstamp|just|churn) ([a-z][a-z-]*)")


def name_of(page: Path) -> str:
    """Return a page's path within the repository."""
    return page.relative_to(ROOT).as_posix()


def test_the_reference_is_what_the_questions_and_manifests_say_now() -> None:
    written = make_reference.PAGE.read_text(encoding="utf-8")
    assert written == make_reference.page(ROOT), (
        "docs/reference.md is out of date: run uv run python generator/scripts/make_reference.py"
    )


def test_a_question_that_changes_changes_the_reference(tmp_path: Path) -> None:
    copy_template(ROOT, tmp_path)
    copier = tmp_path / "copier.yml"
    before = make_reference.page(tmp_path)
    copier.write_text(
        copier.read_text(encoding="utf-8").replace("default: acme", "default: umbrella"),
        encoding="utf-8",
    )
    after = make_reference.page(tmp_path)
    assert "| default | `acme` |" in before
    assert "| default | `umbrella` |" in after


def test_every_question_and_every_capability_is_in_the_reference() -> None:
    written = make_reference.PAGE.read_text(encoding="utf-8")
    for name in Questionnaire.read(ROOT).questions:
        assert f"### `{name}`\n" in written
    for path in (ROOT / "copier" / "capabilities").glob("*.yml"):
        for pattern in make_reference.owned_by(ROOT, path.stem):
            assert f"`{pattern}`" in written, path.stem


def test_every_decision_and_every_how_to_is_linked_from_its_index() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    how_tos = (ROOT / "docs" / "how-to").glob("*.md")
    decisions = (ROOT / "docs" / "decisions").glob("0*.md")
    assert [page.name for page in how_tos if f"(docs/how-to/{page.name})" not in readme] == []
    assert [page.name for page in decisions if f"({page.name})" not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    broken = [link for link in links(page) if not resolves(page, link)]
    assert broken == []


def test_a_link_to_nowhere_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One thing\n\n[a](#one-thing) [b](#other) [c](gone.md) [d](page.md)\n")
    assert [link for link in links(page) if not resolves(page, link)] == ["#other", "gone.md"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_in_code_fences_exist(page: Path) -> None:
    known = {"mlstamp": tool_commands(), "just": recipes(), "churn": project_commands()}
    unknown = [f"{name} {word}" for name, word in calls(page) if word not in known[name]]
    assert unknown == []


def test_the_readme_shows_the_two_commands_and_is_short() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {"uv run mlstamp demo", "uv run pytest"} <= {
        line.partition("  ")[0] for fence in FENCE.findall(text) for line in fence.splitlines()
    }
    assert len(text.splitlines()) <= 120


@pytest.mark.parametrize("profile", ["minimal", "recommended", "everything"])
def test_the_readme_of_a_project_names_each_of_its_commands_and_no_other(
    rendered: Rendered, profile: str
) -> None:
    project = rendered(profile=profile)
    (package,) = (project / "src").iterdir()
    readme = (project / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| command |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`churn ([\w-]+)", table)) == project_commands(package)


def links(page: Path) -> list[str]:
    """Return the links of a page that stay within the repository."""
    found = LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))
    return [link for link in found if "://" not in link]


def resolves(page: Path, link: str) -> bool:
    """Tell whether a relative link leads to a file, and its fragment to a heading there."""
    name, _, fragment = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return False
    return not fragment or fragment in set(anchors(target))


def anchors(page: Path) -> Iterator[str]:
    """Yield the anchors that headings of a page get."""
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def calls(page: Path) -> list[tuple[str, str]]:
    """Return each (program, command) that the code fences of a page call."""
    fences = FENCE.findall(page.read_text(encoding="utf-8"))
    return [found for fence in fences for found in CALL.findall(fence)]


def tool_commands() -> set[str]:
    """Return the commands of mlstamp."""
    return set(getattr(typer.main.get_command(cli.app), "commands", {}))


def recipes() -> set[str]:
    """Return the recipes of the project's justfile, and of those that it imports."""
    template = ROOT / "template"
    imported = (template.rglob(name) for name in ("*.just", "*.just.jinja"))
    paths = [template / "justfile.jinja", *(path for found in imported for path in found)]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    return set(re.findall(r"^([a-z][a-z-]*)(?: [^:\n]*)?:(?!=)", text, re.MULTILINE))


def project_commands(package: Path = PACKAGE) -> set[str]:
    """Return the commands of the project's own command line, those of capabilities included."""
    tree = ast.parse((package / "cli.py").read_text(encoding="utf-8"))
    own = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(mark).startswith("app.command") for mark in node.decorator_list)
    }
    plugs = [path.read_text(encoding="utf-8") for path in (package / "wiring").glob("*.py")]
    brought = "".join(plugs)
    lists = re.findall(r"sockets\.commands \+= \[([\w, ]+)\]", brought)
    listed = {name for names in lists for name in names.split(", ")}
    one_by_one = set(re.findall(r"sockets\.commands\.append\((\w+)\)", brought))
    return {name.replace("_", "-") for name in own | listed | one_by_one}
