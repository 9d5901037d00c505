"""A hash differs as soon as anything differs that a result may rest on."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from mlstamp.checks import CHECKS
from mlstamp.fingerprints import PACKAGE, TOOLS, Code, imports, machine, tree
from mlstamp.render import ANSWERS_FILE
from tests.support import ROOT, write_all

FILES = {"README.md": "# Song\n", "src/song.py": "la = 1\n", "run.sh": "true\n"}
HARNESS = {
    "mlstamp/runner.py": "from .errors import Refused\n",
    "mlstamp/errors.py": "",
    "mlstamp/report.py": "",
    "mlstamp/http.py": "",
    "mlstamp/loop/__init__.py": "from .cut import x\n",
    "mlstamp/loop/cut.py": "",
    "mlstamp/checks/__init__.py": "from . import one, two\n",
    "mlstamp/checks/base.py": "",
    "mlstamp/checks/one.py": "from . import rules\nfrom .base import Check\n",
    "mlstamp/checks/rules.py": "def late():\n    from ..loop import x\n    import mlstamp.http\n",
    "mlstamp/checks/two.py": "from .base import Check\n",
    "mlstamp/checks/shape.json": "{}",
    "hooks/init_git.py": "",
    "uv.lock": "one version",
}
# Words that the checks of infrastructure hand on to terraform, and what only Windows has.
NO_TOOLS = {"destroy", "init", "list", "output", "taskkill"}
# What of it `one` rests on, by way of what it imports.
RESTS_ON = {name for name in HARNESS if not name.endswith(("two.py", "report.py", "s/__init__.py"))}


def harness(folder: Path) -> Code:
    return Code(folder / "mlstamp", folder / "hooks", folder / "uv.lock")


@pytest.mark.parametrize(
    ("name", "text"),
    [("README.md", "# Tune\n"), ("more.md", ""), ("src/song.py", "la = 2\n"), ("a/README.md", "")],
)
def test_any_byte_or_name_of_a_folder_changes_its_hash(
    tmp_path: Path, name: str, text: str
) -> None:
    before = tree(write_all(tmp_path, FILES))
    assert tree(write_all(tmp_path, FILES)) == before
    write_all(tmp_path, {name: text})
    assert tree(tmp_path) != before


@pytest.mark.skipif("os.name != 'posix'", reason="only there can a file be made to run")
def test_who_may_run_a_file_changes_the_hash(tmp_path: Path) -> None:
    before = tree(write_all(tmp_path, FILES))
    (tmp_path / "run.sh").chmod(0o755)
    assert tree(tmp_path) != before


def test_where_the_template_lay_is_no_difference_but_every_answer_is(tmp_path: Path) -> None:
    def answers(*lines: str) -> str:
        return tree(write_all(tmp_path, {".copier-answers.yml": "".join(lines)}))

    one = answers("_src_path: /tmp/a\n", "model: linear\n")
    assert answers("_src_path: /tmp/b\n", "model: linear\n") == one
    assert answers("_src_path: /tmp/b\n", "model: xgboost\n") != one


@pytest.mark.parametrize("name", HARNESS)
def test_a_check_rests_on_its_module_and_all_that_this_imports_and_on_no_other(
    tmp_path: Path, name: str
) -> None:
    write_all(tmp_path, HARNESS)
    module = PACKAGE / "checks" / "one.py"
    before = harness(tmp_path).of([module])
    write_all(tmp_path, {name: HARNESS[name] + "\n# Another line.\n"})
    assert (harness(tmp_path).of([module]) != before) == (name in RESTS_ON)


def test_a_check_of_another_package_rests_on_its_own_file(tmp_path: Path) -> None:
    write_all(tmp_path, {**HARNESS, "mine.py": "a = 1\n"})
    before = harness(tmp_path).of([tmp_path / "mine.py"])
    write_all(tmp_path, {"mine.py": "a = 2\n"})
    assert harness(tmp_path).of([tmp_path / "mine.py"]) != before


def test_the_real_checks_rest_on_what_they_import() -> None:
    assert {"checks/base.py", "checks/update.py", "render.py"} <= imports(
        PACKAGE, PACKAGE / "checks" / "swap.py"
    )
    codes = {name: Code(PACKAGE).of([module_of(name)]) for name in ("ci.pins", "quality.sync")}
    assert len(set(codes.values())) == 2


def module_of(name: str) -> Path:
    return PACKAGE.joinpath(*type(CHECKS[name]).__module__.split(".")[1:]).with_suffix(".py")


def test_a_setting_and_a_program_of_the_machine_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def now() -> str:
        machine.cache_clear()
        return machine()

    monkeypatch.setenv("PATH", str(tmp_path))
    before = now()
    assert now() == before
    tool = tmp_path / ("promtool.exe" if os.name == "nt" else "promtool")
    for text in ("", "# Another version."):
        tool.write_text(text)
        tool.chmod(0o755)
        assert now() != before
        before = now()
    monkeypatch.setenv("UV_PYTHON", "3.12")
    assert now() != before
    machine.cache_clear()


def test_every_program_that_a_check_calls_is_one_whose_version_counts() -> None:
    called = {word for path in PACKAGE.rglob("*.py") for word in programs(path)}
    assert {"terraform", "kubectl", "docker", "npm", "uvx"} <= called
    assert called - set(TOOLS) - NO_TOOLS == set()


def programs(path: Path) -> Iterator[str]:
    """Yield each program that a module names where it looks for one, or calls one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = ast.unparse(node.func)
        if re.search(r"(which|\.must|project\.run|subprocess\.run|Popen)$", name):
            first = node.args[0]
            listed = first.elts[0] if isinstance(first, (ast.List, ast.Tuple)) else first
            if isinstance(listed, ast.Constant) and isinstance(listed.value, str):
                yield listed.value


def test_the_lock_of_the_harness_is_there_to_be_read() -> None:
    assert (ROOT / "uv.lock").is_file()
    assert (ROOT / "hooks" / "uv.lock.seed").is_file()


def test_where_the_template_lay_is_no_part_of_a_project_however_yaml_writes_it(
    tmp_path: Path,
) -> None:
    short, long = "/a", f"/{'a folder with a long name ' * 6}x"
    hashes = set()
    for number, place in enumerate((short, long, long.replace("long", "other"))):
        text = yaml.safe_dump({"_commit": "v1", "_src_path": place, "colour": "red"})
        project = write_all(tmp_path / str(number), {ANSWERS_FILE: text})
        hashes.add(tree(project))
    assert len(hashes) == 1
