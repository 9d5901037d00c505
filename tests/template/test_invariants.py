"""The rules that the template keeps to, each of them a test."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.version import Version

from mlstamp.answers import JINJA, Questionnaire, read_config
from mlstamp.checks.pristine import contents
from mlstamp.render import render
from mlstamp.source import Source, git
from mlstamp.variants import capabilities, every
from tests.capabilities.support import matching, owned
from tests.conftest import Rendered
from tests.support import ROOT, files

PYTHON = sorted((ROOT / "template").rglob("*.py"))


def test_no_setting_needs_trust(template: Path) -> None:
    needing = {"_tasks", "_migrations", "_jinja_extensions"}
    assert needing.isdisjoint(read_config(template))


def test_a_name_that_is_not_defined_is_an_error_not_an_empty_string(template: Path) -> None:
    assert read_config(template)["_envops"]["undefined"] == "jinja2.StrictUndefined"


def test_copier_is_required_in_the_version_that_was_tried(template: Path) -> None:
    assert Version(str(read_config(template)["_min_copier_version"])) >= Version("9.17.2")


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.name)
def test_python_of_the_template_is_python(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "{%" not in text
    ast.parse(text)


def test_no_python_has_conditions() -> None:
    rendered = (ROOT / "template").rglob("*.py.jinja")
    assert [p.name for p in rendered if "{%" in p.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.name)
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 150


def test_files_of_the_generator_are_short() -> None:
    paths = [*(ROOT / "generator").rglob("*.py"), *(ROOT / "hooks").glob("*.py")]
    lengths = {p.name: len(p.read_text(encoding="utf-8").splitlines()) for p in paths}
    assert {name: n for name, n in lengths.items() if n > 300} == {}


@pytest.mark.parametrize("place", ["template", "generator"])
def test_functions_are_short(place: str) -> None:
    lengths = dict(functions(ROOT / place))
    assert {name: n for name, n in lengths.items() if n > 40} == {}
    assert statistics.median(lengths.values()) <= 10


def functions(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield each function with its lines, its docstring left out."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                doc = node.body[0] if ast.get_docstring(node) else None
                said = (doc.end_lineno or 0) - doc.lineno + 1 if doc else 0
                name = f"{path.relative_to(folder)}:{node.lineno} {node.name}"
                yield name, (node.end_lineno or 0) - node.lineno + 1 - said


def test_a_file_belongs_to_one_capability_at_most_and_its_unit_test_to_unit_tests_too(
    template: Path, rendered: Rendered
) -> None:
    found = files(rendered(profile="everything"))
    claims: dict[str, dict[int, set[str]]] = {}
    for name in set(every_capability(template)) - {"unit_tests"}:
        for pattern in owned(template, name):
            for path in matching([pattern], found):
                claims.setdefault(path, {}).setdefault(pattern.count("/"), set()).add(name)
    # A file within the folder of another capability belongs to the one that names it.
    closest = {path: depths[max(depths)] for path, depths in claims.items()}
    assert {path: names for path, names in closest.items() if len(names) > 1} == {}
    ours = ("tests/unit/", "tests/contract/", "tests/e2e/", "ml_test_score.yaml")
    tests = matching(owned(template, "unit_tests"), found)
    assert tests == {path for path in found if path.startswith(ours)}


def test_the_minimal_profile_is_a_repository_of_at_most_45_files(rendered: Rendered) -> None:
    assert len(files(rendered(profile="minimal"))) <= 45


def every_capability(template: Path) -> tuple[str, ...]:
    """Return the capabilities by name."""
    return capabilities(template, Questionnaire.read(template))


def test_every_capability_has_its_question_its_test_and_its_page(template: Path) -> None:
    manifests = {path.stem for path in (template / "copier" / "capabilities").glob("*.yml")}
    assert set(every_capability(template)) == manifests
    for name in manifests:
        assert (ROOT / "tests" / "capabilities" / f"test_{name}.py").is_file(), name
        assert list((ROOT / "docs").rglob(f"{name}.md")), f"{name} has no page in docs/"


def test_the_contents_list_each_manifest_by_name(template: Path) -> None:
    text = (template / "copier.yml").read_text(encoding="utf-8")
    included = set(re.findall(r"^!include (\S+)$", text, re.MULTILINE))
    existing = {p.relative_to(template).as_posix() for p in (template / "copier").rglob("*.yml")}
    assert included == existing


@pytest.mark.parametrize("overlay", ["sample", "estimator", "provider"])
def test_each_overlay_folder_is_turned_on_by_an_answer_and_each_answer_has_one(
    template: Path, rendered: Rendered, overlay: str
) -> None:
    folders = {
        path.name.removeprefix("{{" + overlay + ".").removesuffix("}}")
        for path in (template / "template").iterdir()
        if path.name.startswith("{{" + overlay + ".")
    }
    asked = Questionnaire.read(template).questions
    if overlay == "sample":
        assert folders == set(asked["problem"].choices)
    elif overlay == "provider":
        assert folders == set(asked["cloud"].choices) - {"none"}
    else:
        kinds = ("classifier", "regressor")
        assert folders == {f"{m}_{kind}" for m in asked["model"].choices for kind in kinds}
    assert files(rendered())


def test_the_owners_paths_are_written_once_and_never_touched_by_updates(template: Path) -> None:
    config = read_config(template)
    guarded = [
        "{% if _copier_operation == 'update' %}" + path + "{% endif %}"
        for path in config["_skip_if_exists"]
    ]
    assert guarded
    assert [entry for entry in config["_exclude"] if "_copier_operation" in entry] == guarded


def test_what_is_left_out_can_be_told_from_answers_that_know_no_later_question(
    template: Path,
) -> None:
    """Copier renders the new list with the old answers: one unknown name, and no update runs."""
    for entry in read_config(template)["_exclude"]:
        said = JINJA.from_string(entry).render(_copier_operation="copy")
        assert said == "", f"{entry} leaves its files out of releases that did not know the answer"


def test_each_path_of_the_owners_exists(template: Path, rendered: Rendered) -> None:
    found = files(rendered(profile="everything")) | {"uv.lock"}
    patterns = read_config(template)["_skip_if_exists"]
    assert [pattern for pattern in patterns if not matching([pattern], found)] == []


def test_the_default_path_asks_at_most_six_questions(template: Path) -> None:
    config = read_config(template)
    asked = Questionnaire.read(template).questions
    always = [name for name in asked if "ask" not in config[name] and "when" not in config[name]]
    assert 1 <= len(always) <= 6


def test_every_question_reads_as_english(template: Path) -> None:
    for question in Questionnaire.read(template).questions.values():
        assert question.help.rstrip(" )").endswith(("?", ".")), question.name


@pytest.mark.parametrize("name", ["minimal", "everything"])
def test_a_second_render_has_the_same_bytes(
    template: Path, rendered: Rendered, tmp_path: Path, name: str
) -> None:
    render(Source(str(template)), tmp_path / "again", {"profile": name})
    assert contents(tmp_path / "again") == contents(rendered(profile=name))


def test_no_rendered_path_keeps_a_suffix_of_the_template(
    template: Path, rendered: Rendered
) -> None:
    for variant in every(template):
        left = {name for name in files(rendered(**variant.answers)) if name.endswith(".jinja")}
        assert left == set(), variant.name


def test_text_files_end_in_a_newline_and_know_no_carriage_return(rendered: Rendered) -> None:
    project = rendered(profile="everything")
    texts = {name: (project / name).read_bytes() for name in files(project)}
    plain = {name: raw for name, raw in texts.items() if raw and b"\0" not in raw}
    assert [name for name, raw in plain.items() if b"\r" in raw or not raw.endswith(b"\n")] == []


def test_nothing_names_a_machine_or_its_folders() -> None:
    pattern = re.compile(r"(?<![\w.~])/(?:root|home|work|Users|farm|opt)/\w")
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    texts = [
        ROOT / name
        for name in filter(None, listed.split("\0"))
        if not name.startswith("tests/") and not name.endswith((".parquet", ".lock", ".seed"))
    ]
    named = [
        path.relative_to(ROOT).as_posix()
        for path in texts
        if path.is_file() and pattern.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert named == []
