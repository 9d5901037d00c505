"""The tests of a repository are run on each Python that is here, and no other is claimed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlstamp.checks import pythons
from mlstamp.checks.base import NotVerified, Subject
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.fakes import FakeProject, fake_subject


@dataclass
class OnPython311(FakeProject):
    """A project whose own environment has Python 3.11."""

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        said = "VERSION 3.11\n" if "python" in command else ""
        return Completed(command, done.code, done.seconds, said, done.log)


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """A repository on a machine where uv finds Python 3.13 and no other."""

    def find(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        found = command[-1] == "3.13"
        return subprocess.CompletedProcess(command, 0 if found else 2, "/bin/python3.13\n", "")

    monkeypatch.setattr(subprocess, "run", find)
    made = fake_subject(tmp_path)
    made.project = OnPython311(tmp_path, tmp_path / "logs")
    return made


def played(subject: Subject) -> FakeProject:
    assert isinstance(subject.project, FakeProject)
    return subject.project


def test_the_tests_are_run_on_another_python_in_an_environment_of_its_own(
    subject: Subject,
) -> None:
    pythons.On313().run(subject)
    assert [command[-1] for command in played(subject).commands[1:]] == ["--locked", "--quiet"]


def test_on_one_python_it_is_seen_which_lines_the_tests_run(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pythons, "interpreter", lambda version: f"/bin/python{version}")
    pythons.On312().run(subject)
    assert played(subject).commands[-1] == ("uv", "run", "just", "coverage")
    played(subject).broken = ("coverage",)
    with pytest.raises(StepFailed, match="coverage"):
        pythons.On312().run(subject)


def test_lines_are_looked_at_on_the_repositorys_own_python_too(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pythons.On312, "version", "3.11")  # the one that it has
    pythons.On312().run(subject)
    assert played(subject).commands[-1] == ("uv", "run", "just", "coverage")


def test_the_check_is_red_when_the_tests_fail_there(subject: Subject) -> None:
    played(subject).broken = ("pytest",)
    with pytest.raises(StepFailed, match="pytest"):
        pythons.On313().run(subject)


def test_the_check_is_red_when_nothing_installs_there(subject: Subject) -> None:
    played(subject).broken = ("sync",)
    with pytest.raises(StepFailed, match="sync"):
        pythons.On313().run(subject)


def test_a_python_that_is_not_here_is_not_verified(subject: Subject) -> None:
    with pytest.raises(NotVerified, match=r"Python 3\.14"):
        pythons.On314().run(subject)


def test_the_python_of_the_repository_is_not_tried_twice(subject: Subject) -> None:
    pythons.On311().run(subject)
    assert len(played(subject).commands) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no folder that a process is in")
def test_a_python_is_found_from_a_folder_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    assert pythons.interpreter(f"{sys.version_info.major}.{sys.version_info.minor}")
