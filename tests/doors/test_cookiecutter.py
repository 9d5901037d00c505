"""The cookiecutter door: a real cookiecutter makes a project that Copier updates."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from mlstamp import upgrade
from mlstamp.checks.update import commit
from mlstamp.render import stored_answers, update
from mlstamp.source import git
from scripts import make_cookiecutter
from tests.support import ROOT, TINY, files, write_all

shell_only = pytest.mark.skipif(os.name == "nt", reason="stand-ins for programs are shell scripts")
DOOR = "{{cookiecutter.__project_slug}}"


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny template behind the real door, with one release; cookiecutter finds no settings."""
    root = write_all(tmp_path / "stamp", TINY)
    for name in ("hooks", DOOR):
        shutil.copytree(ROOT / name, root / name)
    write_all(root, {"cookiecutter.json": make_cookiecutter.made(root)})
    write_all(root, {".gitignore": "__pycache__/\n"})
    git("init", "--quiet", "--initial-branch=main", cwd=root)
    commit(root, "v1.0.0")
    settings = {"cookiecutters_dir": str(tmp_path / "clones"), "replay_dir": str(tmp_path / "seen")}
    write_all(tmp_path, {"settings.yml": json.dumps(settings)})
    (tmp_path / "out").mkdir()
    monkeypatch.setenv("COOKIECUTTER_CONFIG", str(tmp_path / "settings.yml"))
    monkeypatch.setenv(
        "PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    return root


def cookiecutter(door: Path, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run it beside the template, in the folder `out`."""
    command = [sys.executable, "-m", "cookiecutter", *words]
    return subprocess.run(
        command, cwd=door.parent / "out", capture_output=True, text=True, encoding="utf-8", **more
    )


def made(door: Path) -> list[str]:
    """Return what stands in the folder, hidden leftovers included."""
    return sorted(path.name for path in (door.parent / "out").iterdir())


def test_cookiecutter_json_is_what_the_questions_say_now() -> None:
    written = (ROOT / make_cookiecutter.PLACE).read_text(encoding="utf-8")
    assert written == make_cookiecutter.made(ROOT), (
        "run uv run python generator/scripts/make_cookiecutter.py"
    )


def test_cookiecutter_asks_what_copier_asks_with_the_default_first(door: Path) -> None:
    variables = json.loads((door / "cookiecutter.json").read_text(encoding="utf-8"))
    asked = {name: value for name, value in variables.items() if not name.startswith("_")}
    assert asked == {
        "project_name": "churn",
        "profile": ["recommended", "minimal", "everything"],
        "colour": ["red", "green"],
    }
    assert variables["_follows"] == {"batch": ["true", "false"]}


def test_the_real_door_asks_six_questions() -> None:
    variables = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    assert len([name for name in variables if not name.startswith("_")]) == 6


def test_the_door_asks_for_the_copier_that_the_tool_asks_for() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    line = next(one for one in pyproject["project"]["dependencies"] if one.startswith("copier"))
    text = (ROOT / "hooks" / "cookiecutter_door.py").read_text(encoding="utf-8")
    assert f'COPIER = "{line}"' in text


def test_a_path_ends_in_a_committed_project_that_copier_updates(door: Path) -> None:
    words = ("--no-input", "project_name=shop", "colour=green", "_batch=false")
    done = cookiecutter(door, "../stamp", *words)
    assert done.returncode == 0, done.stderr
    assert made(door) == ["shop"]
    project = door.parent / "out" / "shop"
    assert files(project) == {".copier-answers.yml", "README.md", "pyproject.toml", "uv.lock"}
    assert git("status", "--porcelain", cwd=project) == ""
    stored = stored_answers(project)
    assert (stored["colour"], stored["batch"], stored["_commit"]) == ("green", False, "v1.0.0")
    write_all(door, {"template/later.txt": "later\n"})
    commit(door, "v1.1.0")
    update(project)
    assert (project / "later.txt").is_file()
    git("reset", "--hard", "--quiet", cwd=project)
    git("clean", "--quiet", "--force", cwd=project)
    assert upgrade.plan(project, None, {}).new == "v1.1.0"


def test_a_url_and_a_tag_give_that_release_of_that_url_and_a_replay_the_same_again(
    door: Path,
) -> None:
    write_all(door, {"template/later.txt": "later\n"})
    commit(door, "v1.1.0")
    words = (f"git+{door.as_uri()}", "--checkout", "v1.0.0")
    done = cookiecutter(door, *words, "--no-input", "colour=green")
    assert done.returncode == 0, done.stderr
    project = door.parent / "out" / "churn"
    stored = stored_answers(project)
    assert (stored["_src_path"], stored["_commit"]) == (f"git+{door.as_uri()}", "v1.0.0")
    assert not (project / "later.txt").exists()
    project.rename(project.with_name("first"))
    replayed = cookiecutter(door, *words, "--replay", input="y\n")
    assert replayed.returncode == 0, replayed.stderr
    assert stored_answers(project) == stored


def test_between_two_releases_it_says_how_to_get_one(door: Path) -> None:
    write_all(door, {"template/later.txt": "later\n"})
    commit(door)
    done = cookiecutter(door, "../stamp", "--no-input")
    assert done.returncode == 0, done.stderr
    assert "Add --checkout TAG for a release." in done.stdout
    assert (door.parent / "out" / "churn" / "later.txt").is_file()


REFUSED = {
    "a word that is no question": ("color=green", "did you mean colour?"),
    "a word that follows": ("batch=true", "to say otherwise, write _batch"),
    "a value that is no choice": ("_batch=perhaps", "choose one of true, false"),
    "a value that Copier refuses": ("project_name=my shop", "Leave out the spaces."),
}


@pytest.mark.parametrize(("word", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_answer_is_refused_and_nothing_is_made(
    door: Path, word: str, sentence: str
) -> None:
    done = cookiecutter(door, "../stamp", "--no-input", word)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert made(door) == []


def test_a_folder_in_the_way_is_left_as_it_is_even_when_told_to_overwrite(door: Path) -> None:
    write_all(door.parent / "out" / "churn", {"mine.txt": "mine\n"})
    for words, sentence in (((), "already exists"), (("-f",), "is not empty")):
        done = cookiecutter(door, "../stamp", "--no-input", *words)
        assert done.returncode == 1
        assert sentence in done.stdout + done.stderr
    assert files(door.parent / "out" / "churn") == {"mine.txt"}


def test_a_template_that_could_not_be_updated_from_is_refused(door: Path) -> None:
    write_all(door, {"template/draft.txt": "draft\n"})
    done = cookiecutter(door, "../stamp", "--no-input")
    assert "not committed: commit them first" in done.stderr
    shutil.rmtree(door / ".git")
    done = cookiecutter(door, "../stamp", "--no-input")
    assert "could never be updated" in done.stderr
    assert (done.returncode, made(door)) == (1, [])


@shell_only
def test_without_git_or_copier_and_uv_a_sentence_says_what_to_install_and_uv_runs_copier(
    door: Path, tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    alone = {**os.environ, "PATH": str(tools)}
    done = cookiecutter(door, "../stamp", "--no-input", env=alone)
    assert "git is not installed" in done.stderr
    (tools / "git").symlink_to(str(shutil.which("git")))
    done = cookiecutter(door, "../stamp", "--no-input", env=alone)
    assert "install uv" in done.stderr
    assert (done.returncode, made(door)) == (1, [])
    uvx = tools / "uvx"  # uv itself would ask a registry; what it is asked for is what counts
    write = f'echo "$@" > "{tmp_path}/asked"'
    uvx.write_text(f'#!/bin/sh\n{write}\nshift 3\nexec "{sys.executable}" -m copier "$@"\n')
    uvx.chmod(0o755)
    alone["PATH"] = os.pathsep.join([str(tools), os.defpath])  # git is helped by sed and others
    done = cookiecutter(door, "../stamp", "--no-input", env=alone)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "asked").read_text().startswith("--from copier>=9.17.2,<10 copier copy ")


@shell_only
def test_an_interruption_leaves_nothing_behind(door: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    slow = tools / "copier"
    slow.write_text(f'#!/bin/sh\ntouch "{tmp_path}/running"\nexec sleep 30\n')
    slow.chmod(0o755)
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    running = subprocess.Popen(
        [sys.executable, "-m", "cookiecutter", "../stamp", "--no-input"],
        cwd=tmp_path / "out",
        env={**os.environ, "PATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not (tmp_path / "running").exists():
        assert running.poll() is None
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)  # as Ctrl-C does
    assert running.wait(20) != 0
    deadline = time.monotonic() + 10
    while made(door) and time.monotonic() < deadline:  # the hook may end after cookiecutter
        time.sleep(0.05)
    assert made(door) == []
