"""Every request that cannot be honoured: one sentence, exit code 2, and nothing written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

REFUSED = {
    "an unknown answer": (["-d", "tunning=true"], "did you mean tuning?"),
    "a computed answer": (["-d", "package_name=x"], "is computed from other answers"),
    "a value that is no choice": (["-d", "model=xgbost"], "did you mean xgboost?"),
    "a value that is neither yes nor no": (["-d", "batch=perhaps"], "give true or false"),
    "a name that begins with a digit": (["-d", "project_name=1st"], "beginning with a letter"),
    "a name with a slash": (["-d", "project_name=a/b"], "letters, digits"),
    "a name that hides a module": (["-d", "project_name=json"], "choose another"),
    "an empty name": (["-d", "project_name="], "beginning with a letter"),
    "an owner with a space": (["-d", "owner=a b"], "GitHub name"),
    "a description with quotes": (["-d", 'description=say "x"'], "without double quotes"),
    "an answer without a value": (["-d", "tuning"], "--data name=value"),
    "a template that is nowhere": (["--source", "no/such/folder"], "neither a folder nor"),
    "a folder that is no template": (["--source", "."], "has no copier.yml"),
    "a release without a template": (["--ref", "v1"], "--ref belongs to --source"),
    "answers that exclude each other": (
        ["-d", "drift=false", "-d", "retraining=true"],
        "Retraining acts on drift: answer yes, or no to retraining.",
    ),
    "an option that does not exist": (["--no-such-option"], "No such option"),
}


def mlstamp(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from mlstamp.cli import main; main()", *words]
    path = os.pathsep.join(filter(None, [str(ROOT / "generator"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize(("words", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_request_is_refused_by_a_sentence_and_nothing_is_written(
    tmp_path: Path, words: list[str], sentence: str
) -> None:
    done = mlstamp(tmp_path, "new", "out", "--defaults", *words)
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_empty_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine\n")
    done = mlstamp(tmp_path, "new", "out", "--defaults")
    assert (done.returncode, done.stderr) == (
        2,
        "out is not empty: choose a new folder, or empty it first.\n",
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine\n")
    done = mlstamp(tmp_path, "new", "out", "--defaults")
    assert (done.returncode, done.stderr) == (
        2,
        "out is a file: choose the name of a new folder.\n",
    )


def test_without_a_terminal_open_questions_are_refused(tmp_path: Path) -> None:
    done = mlstamp(tmp_path, "new", "out")
    assert (done.returncode, done.stderr) == (
        2,
        "There is no terminal to ask questions in: add --defaults.\n",
    )


def test_a_folder_that_was_not_stamped_cannot_be_checked(tmp_path: Path) -> None:
    done = mlstamp(tmp_path, "check", ".")
    assert done.returncode == 2
    assert "was not stamped by Copier" in done.stderr


def test_a_folder_that_does_not_exist_cannot_be_checked(tmp_path: Path) -> None:
    done = mlstamp(tmp_path, "check", "nowhere")
    assert done.returncode == 2
    assert "is not a folder" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nope",), "nope is not a variant"),
        (("--checks", "nope"), "nope is not a check: name a family (structure, "),
        (("--checks", "swap.nope"), "name swap, or one of swap.weather, swap.planes."),
        (("--shard", "11/10"), "--shard 11/10 is no part of a whole: give a number and"),
        (("--shard", "0/3"), "--shard 0/3 is no part"),
        (("--shard", "x"), "--shard x is no part"),
        (
            ("minimal", "--checks", "container.image"),
            "Nothing was checked: --checks container.image does not concern minimal; name other",
        ),
        (("--jobs", "many"), "--jobs many is no number of variants: give 1 or more, or auto."),
        (("--since", "nowhere"), "nowhere is not a commit of this repository"),
        (("--cache", "file/cache"), "cannot be written to"),
    ],
)
def test_what_verify_cannot_do_is_refused(
    tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "file").write_text("in the way\n")
    cache = () if "--cache" in words else ("--cache", str(tmp_path / "cache"))
    done = mlstamp(tmp_path, "verify", *words, *cache)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
