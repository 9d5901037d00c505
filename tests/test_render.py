"""The one door to Copier."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from mlstamp.checks.update import commit
from mlstamp.errors import Refused
from mlstamp.render import render, stored_answers, update
from mlstamp.source import Source, git
from tests.support import ROOT, files, write_all


def test_a_render_leaves_out_what_was_not_asked_for(tiny: Path, tmp_path: Path) -> None:
    render(Source(str(tiny)), tmp_path / "out", {"batch": False})
    assert "batch.txt" not in files(tmp_path / "out")
    assert (tmp_path / "out" / "README.md").read_text() == "# churn is red\n"


def test_the_answers_are_on_record(tiny: Path, tmp_path: Path) -> None:
    render(Source(str(tiny)), tmp_path / "out", {"colour": "green"})
    assert stored_answers(tmp_path / "out")["colour"] == "green"


def test_a_template_that_wants_to_run_code_is_refused(tiny: Path, tmp_path: Path) -> None:
    text = (tiny / "copier.yml").read_text()
    write_all(tiny, {"copier.yml": f"_tasks: [touch x]\n{text}"})
    with pytest.raises(Refused, match="never trusts"):
        render(Source(str(tiny)), tmp_path / "out", {})
    assert not (tmp_path / "out").exists()


def test_a_validator_speaks_in_its_own_words(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"^Leave out the spaces\.$"):
        render(Source(str(tiny)), tmp_path / "out", {"project_name": "a b"})


def test_a_name_that_the_template_does_not_define_is_refused(tiny: Path, tmp_path: Path) -> None:
    write_all(tiny, {"template/README.md.jinja": "{{ no_such_answer }}"})
    with pytest.raises(Refused, match="no_such_answer"):
        render(Source(str(tiny)), tmp_path / "out", {})


def test_settings_of_the_machine_change_nothing(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = write_all(tmp_path, {"settings.yml": "defaults: {colour: green}\n"}) / "settings.yml"
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings))
    render(Source(str(tiny)), tmp_path / "out", {})
    assert stored_answers(tmp_path / "out")["colour"] == "red"


def test_an_update_brings_the_next_release(tiny: Path, tmp_path: Path) -> None:
    git("init", "--quiet", cwd=tiny)
    commit(tiny, "v1.0.0")
    project = tmp_path / "out"
    render(Source(str(tiny), "v1.0.0"), project, {})
    git("init", "--quiet", cwd=project)
    commit(project)
    write_all(tiny, {"template/new.txt": "new\n"})
    commit(tiny, "v1.1.0")
    update(project)
    assert "new.txt" in files(project)
    assert stored_answers(project)["_commit"] == "v1.1.0"


def test_a_folder_that_copier_did_not_make_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not stamped by Copier"):
        stored_answers(tmp_path)


def test_no_other_module_imports_copier() -> None:
    importing = {
        path.name
        for path in (ROOT / "generator" / "mlstamp").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("copier"))
        or (isinstance(node, ast.Import) and any(a.name.startswith("copier") for a in node.names))
    }
    assert importing == {"render.py"}
