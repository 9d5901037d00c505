"""An update that is taken back, or was cut short: not one byte, mode or time is another."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlstamp import upgrade
from mlstamp.checks.update import commit
from mlstamp.errors import Refused
from mlstamp.source import git
from mlstamp.upgrade.rehearsal import contents
from tests.update.conftest import Place, append

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and modes are POSIX's")
State = dict[str, object]


def state(project: Path) -> State:
    """Return all that a person could tell: files with modes and times, ignored ones too, index."""
    found = {path: (project / path).lstat() for path in contents(project)}
    files = {name: (stat.st_mode, stat.st_mtime_ns) for name, stat in found.items()}
    index = git("ls-files", "--stage", "-v", cwd=project)
    status = git("status", "--porcelain=v2", "--untracked-files=all", "--ignored", cwd=project)
    folders = sorted(path for path in project.rglob("*") if path.is_dir())
    mine = [folder for folder in folders if ".git" not in folder.parts]
    return {"files": files, "bytes": contents(project), "index": index, "s": status, "d": mine}


def furnish(project: Path) -> None:
    """Add what makes a folder hard to restore."""
    (project / ".gitignore").write_text("*.log\n/build/\n")
    (project / "ignored.log").write_text("mine\n")
    (project / "build").mkdir()
    (project / "build" / "made.txt").write_text("mine\n")
    (project / "tool é").write_text("#!/bin/sh\n")
    (project / "tool é").chmod(0o755)
    (project / "clash.txt").chmod(0o755)
    (project / "link").symlink_to("same.txt")
    (project / "nowhere").symlink_to("gone/away")
    commit(project)


@POSIX
def test_everything_is_what_it_was(used: Place) -> None:
    furnish(used.project)
    before = state(used.project)
    upgrade.apply(used.project, upgrade.plan(used.project, None, {}), accept_loss=True)
    assert git("ls-files", "--unmerged", cwd=used.project)
    assert state(used.project) != before
    upgrade.undo(used.project)
    assert state(used.project) == before
    with pytest.raises(Refused, match="nothing to take back"):
        upgrade.undo(used.project)


def test_ends_of_lines_stay_as_they_were_on_this_machine(used: Place) -> None:
    git("config", "core.autocrlf", "true", cwd=used.project)
    for path in used.project.glob("*.txt"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (used.project / "same.txt").write_bytes(b"".join(b"line %d of same\n" % n for n in range(9)))
    git("add", "--all", cwd=used.project)
    before = state(used.project)
    upgrade.apply(used.project, upgrade.plan(used.project, None, {}), accept_loss=True)
    after = contents(used.project)
    merged = after["merged.txt"].splitlines(keepends=True)
    assert {line[-2:] for line in merged} == {b"\r\n"}
    assert "M same.txt" not in git("status", "--porcelain", cwd=used.project)
    upgrade.undo(used.project)
    assert state(used.project)["bytes"] == before["bytes"]


def test_files_that_become_visible_or_ignored_are_taken_back_or_left_rightly(place: Place) -> None:
    (place.project / ".gitignore").write_text("/later/\n")
    commit(place.project)
    (place.template / "template" / "later").mkdir()
    (place.template / "template" / "later" / "new.txt").write_text("new\n")
    (place.template / "template" / ".gitignore").write_text("*.secret\n")
    (place.project / "draft.log").write_text("mine\n")
    git("config", "core.excludesFile", "exclude", cwd=place.project)
    (place.project / ".git" / "info" / "exclude").write_text("draft.log\n")
    place.release("v2.0.0")
    before = state(place.project)
    upgrade.apply(place.project, upgrade.plan(place.project, None, {}))
    assert (place.project / "later" / "new.txt").is_file()
    upgrade.undo(place.project)
    assert state(place.project) == before


def test_work_done_since_the_update_is_not_taken_back_with_it(place: Place) -> None:
    place.release("v2.0.0")
    upgrade.apply(place.project, upgrade.plan(place.project, None, {}))
    append(place.project / "new.txt", "written later\n")
    with pytest.raises(Refused, match=r"You changed new\.txt since the update"):
        upgrade.undo(place.project)
    commit(place.project)
    with pytest.raises(Refused, match="git revert"):
        upgrade.undo(place.project)


def test_work_on_other_files_stays_when_an_update_is_taken_back(place: Place) -> None:
    place.release("v2.0.0")
    upgrade.apply(place.project, upgrade.plan(place.project, None, {}))
    append(place.project / "same.txt", "written later\n")
    (place.project / "draft.txt").write_text("mine\n")
    upgrade.undo(place.project)
    status = git("status", "--porcelain", cwd=place.project).splitlines()
    assert [line.split()[-1] for line in status] == ["same.txt", "draft.txt"]


def slow(place: Place) -> Path:
    """Let git stand still in the middle of writing, and return the file that says so."""
    reached = place.project.parent / "reached"
    command = f"sh -c 'touch \"{reached}\"; sleep 60; cat'"
    git("config", "filter.slow.smudge", command, cwd=place.project)
    (place.project / ".git" / "info" / "attributes").write_text("new.txt filter=slow\n")
    return reached


def cut_short(place: Place, number: int, *words: str) -> tuple[int, str]:
    """Start an update, send it a signal while it writes, and return how it ended."""
    reached = slow(place)
    process = place.start("--accept-loss", *words)
    try:
        deadline = time.monotonic() + 60
        while not reached.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert reached.exists()
        os.killpg(process.pid, number)
        _, said = process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode, said


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_in_the_middle_changes_nothing(used: Place, number: int, tmp_path: Path) -> None:
    before, told = state(used.project), tmp_path / "told.json"
    assert cut_short(used, number, "--json", str(told)) == (130, "Interrupted.\n")
    assert state(used.project) == before
    assert json.loads(told.read_text())["ending"] == "interrupted"
    assert not (used.project / ".git" / "mlstamp-update").exists()


@POSIX
def test_a_process_that_was_killed_leaves_what_undo_needs(used: Place) -> None:
    before = state(used.project)
    assert cut_short(used, signal.SIGKILL) == (-signal.SIGKILL, "")
    assert state(used.project)["bytes"] != before["bytes"]
    code, _, said = used.update()
    assert (code, "take it back with --undo" in said) == (2, True)
    assert used.update("--undo")[0] == 0
    assert state(used.project) == before


@POSIX
@pytest.mark.parametrize("kind", ["changes", "adds"])
def test_work_done_since_a_process_was_killed_is_not_taken_back(used: Place, kind: str) -> None:
    assert cut_short(used, signal.SIGKILL)[0] == -signal.SIGKILL
    facts = json.loads((used.project / ".git/mlstamp-update/facts.json").read_text())
    name = next(name for name in facts[kind] if (used.project / name).is_file())
    append(used.project / name, "written later\n")
    code, _, said = used.update("--undo")
    assert (code, f"You changed {name} since the update" in said) == (2, True)
    assert (used.project / name).read_text().endswith("written later\n")


def test_an_update_that_git_took_back_is_over(place: Place) -> None:
    place.release("v2.0.0")
    before = state(place.project)
    upgrade.apply(place.project, upgrade.plan(place.project, None, {}))
    git("reset", "--quiet", "--hard", cwd=place.project)
    upgrade.undo(place.project)  # what is back is back, what is new still goes
    assert state(place.project)["bytes"] == before["bytes"]
    upgrade.apply(place.project, upgrade.plan(place.project, None, {}))
    git("reset", "--quiet", "--hard", cwd=place.project)
    git("clean", "--quiet", "-fd", cwd=place.project)
    append(place.project / "same.txt", "written later\n")
    with pytest.raises(Refused, match="has changes that are not committed"):
        upgrade.plan(place.project, None, {})


def test_a_broken_record_of_an_update_is_named(place: Place) -> None:
    place.release("v2.0.0")
    upgrade.apply(place.project, upgrade.plan(place.project, None, {}))
    record = place.project / ".git" / "mlstamp-update" / "facts.json"
    whole = json.loads(record.read_text())
    without = [{key: whole[key] for key in whole if key != name} for name in ("head", "changes")]
    for text in (
        "{",
        *map(json.dumps, ([], *without, {**whole, "adds": None}, {**whole, "left": 0})),
    ):
        record.write_text(text)
        with pytest.raises(Refused, match="is broken, so that the last update cannot be taken"):
            upgrade.undo(place.project)
        with pytest.raises(Refused, match="is broken, so that the last update cannot be taken"):
            upgrade.plan(place.project, None, {})


@pytest.mark.parametrize("killed", [False, True])
def test_a_folder_in_the_place_of_a_file_is_later_work(place: Place, *, killed: bool) -> None:
    place.release("v2.0.0")
    upgrade.apply(place.project, upgrade.plan(place.project, None, {}))
    record = place.project / ".git" / "mlstamp-update" / "facts.json"
    if killed:  # it writes last what it left
        facts = json.loads(record.read_text())
        record.write_text(json.dumps({key: facts[key] for key in facts if key != "left"}))
    (place.project / "new.txt").unlink()
    (place.project / "new.txt").mkdir()
    (place.project / "new.txt" / "mine.txt").write_text("mine\n")
    with pytest.raises(Refused, match=r"You changed new\.txt since the update"):
        upgrade.undo(place.project)
    assert (place.project / "new.txt" / "mine.txt").read_text() == "mine\n"


@POSIX
def test_a_file_too_large_for_the_disk_changes_nothing(place: Place) -> None:
    """The rehearsal meets the limit first: both write what the release brings."""
    (place.template / "template" / "large.bin").write_bytes(os.urandom(3_000_000))
    place.release("v2.0.0")
    before = state(place.project)
    script = 'ulimit -f 1500; exec "$@"'
    command = [sys.executable, "-c", "from mlstamp.cli import main; main()", "update"]
    done = subprocess.run(
        ["sh", "-c", script, "sh", *command, str(place.project)], capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert state(place.project) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A disk of 2 MB, which only an administrator of Linux can have."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here")
    return folder


def test_a_disk_that_fills_up_while_it_writes_changes_nothing(
    place: Place, small_disk: Path
) -> None:
    place.project = Path(shutil.move(place.project, small_disk / "project"))
    try:
        (place.template / "template" / "large.bin").write_bytes(os.urandom(3_000_000))
        place.release("v2.0.0")
        before = state(place.project)
        code, out, said = place.update()
        assert (code, "Updated" in out, len(said.splitlines())) == (2, False, 1), said
        assert state(place.project) == before
        assert not list((place.project / ".git").glob("mlstamp-update*"))
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)
