"""The tool as a wheel, with no checkout beside it: what `uvx mlstamp` runs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mlstamp.checks.update import commit
from mlstamp.render import stored_answers
from mlstamp.source import git
from tests.support import ROOT, write_all

UNREACHABLE = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "url.https://127.0.0.1:9/.insteadOf",
    "GIT_CONFIG_VALUE_0": "https://github.com/",
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel holds, unpacked where nothing else is."""
    folder = tmp_path_factory.mktemp("wheel")
    command = ["uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def mlstamp(installed: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from mlstamp.cli import main; main()", *words]
    environment = {**os.environ, **UNREACHABLE, "PYTHONPATH": str(installed), "COLUMNS": "200"}
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_every_file_of_the_tool_and_every_step_is_in_the_wheel(installed: Path) -> None:
    tool = ROOT / "generator" / "mlstamp"
    kept = git("ls-files", "--cached", "--others", "--exclude-standard", cwd=tool).splitlines()
    packed = installed / "mlstamp"
    assert [name for name in kept if not (packed / name).is_file()] == []
    steps = ("init_git.py", "seed_lock.py", "first_commit.py", "uv.lock.seed")
    assert sorted(path.name for path in (packed / "hooks").iterdir()) == sorted(steps)


def test_a_wheel_stamps_lists_updates_and_checks_without_a_checkout(
    installed: Path, tiny: Path, tmp_path: Path
) -> None:
    git("init", "--quiet", cwd=tiny)
    commit(tiny, "v1.0.0")
    made = mlstamp(installed, tmp_path, "new", "out", "--defaults", "--source", tiny.as_uri())
    assert made.returncode == 0, made.stderr
    for step in ("Made a git repository", "Locked the dependencies", "Made the first commit"):
        assert step in made.stdout
    listed = mlstamp(installed, tmp_path, "variants", "--source", tiny.as_uri())
    assert "every default" in listed.stdout, listed.stderr
    write_all(tiny, {"template/later.txt": "later\n"})
    commit(tiny, "v1.1.0")
    updated = mlstamp(installed, tmp_path, "update", "out")
    assert updated.returncode == 0, updated.stderr
    assert stored_answers(tmp_path / "out")["_commit"] == "v1.1.0"
    checked = mlstamp(installed, tmp_path, "check", "out", "--checks", "structure.rendered")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("words", [("new", "out", "--defaults"), ("variants",)])
def test_without_a_network_one_sentence_says_what_to_do_and_nothing_is_made(
    installed: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = mlstamp(installed, tmp_path, *words)
    assert done.returncode == 2
    assert "cannot be reached" in done.stderr
    assert "--source" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
