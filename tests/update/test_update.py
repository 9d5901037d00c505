"""From a tagged copy to a later release, untrusted: what an owner wrote stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstamp import render
from mlstamp.checks import update
from mlstamp.checks.base import Failed, Subject
from mlstamp.source import copy_template, git
from tests.support import files

PROBLEM = "src/churn/problem"


def test_edits_of_problem_config_readme_and_pyproject_are_kept(subject: Subject) -> None:
    update.KeepsEdits().run(subject)


def test_an_unedited_repository_comes_to_equal_a_fresh_render(subject: Subject) -> None:
    update.EqualsFresh().run(subject)


def test_a_template_that_takes_over_the_owners_files_is_red(subject: Subject) -> None:
    assert subject.template
    broken = subject.work / "broken"
    broken.mkdir()
    copy_template(subject.template, broken)
    ownership = broken / "copier" / "ownership.yml"
    lines = ownership.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "/src/*/problem" not in line]
    assert len(lines) - len(kept) == 2
    ownership.write_text("".join(kept), encoding="utf-8")
    subject.template = broken
    with pytest.raises(Failed, match=r"lost or changed: .*problem/__init__\.py"):
        update.KeepsEdits().run(subject)


def test_a_list_without_a_line_for_the_owners_own_is_red(subject: Subject) -> None:
    template, project = update.released(subject, "unanchored")
    assert template.is_dir()
    path = project / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    line = "    # Your own dependencies of serving go below this line.\n"
    assert line in text
    path.write_text(text.replace(line, ""), encoding="utf-8")
    with pytest.raises(Failed, match="no line for the owner's own in serve"):
        update.edit(project, "churn")


def test_what_an_owner_deleted_stays_deleted(subject: Subject) -> None:
    template, project = update.released(subject, "deleted")
    (project / PROBLEM / "features.py").unlink()
    update.commit(project)
    update.release_next(template)
    render.update(project)
    assert f"{PROBLEM}/features.py" not in files(project)
    update.expect_new(project)


def test_a_capability_can_be_taken_out_and_put_back_later(subject: Subject) -> None:
    template, project = update.released(subject, "toggled")
    update.release_next(template)
    before = files(project)
    render.update(project, answers={"batch": False})
    update.commit(project)
    without = files(project)
    assert before - without
    assert not [name for name in without if "/batch" in name]
    render.update(project, answers={"batch": True})
    assert before <= files(project)
    assert render.stored_answers(project)["batch"] is True


def test_a_conflict_is_seen_in_each_of_its_disguises(tmp_path: Path) -> None:
    git("init", "--quiet", cwd=tmp_path)
    update.expect_settled(tmp_path)
    (tmp_path / "a.py.rej").write_text("@@\n")
    with pytest.raises(Failed, match=r"a\.py\.rej"):
        update.expect_settled(tmp_path)
    (tmp_path / "a.py.rej").unlink()
    (tmp_path / "b.py").write_text(f"{'<' * 7} before updating\n")
    with pytest.raises(Failed, match=r"b\.py"):
        update.expect_settled(tmp_path)
