"""The checks that send what nobody would send turn red on a planted fault."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mlstamp.checks import fuzz
from mlstamp.checks.base import Failed, NotVerified
from mlstamp.errors import StepFailed
from tests.checks.fakes import PROBLEM, fake_subject, good_service


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "MUTANTS", 60)
    monkeypatch.setattr(fuzz, "HEADS", 10)


def test_a_service_that_refuses_each_broken_request_is_green(tmp_path: Path) -> None:
    fuzz.Bytes().run(fake_subject(tmp_path, good_service))


@pytest.mark.parametrize(
    ("status", "said", "fault"),
    [(500, PROBLEM, "status 500"), (422, b"Traceback (most recent call last)", "a traceback|no ")],
)
def test_a_broken_request_that_shows_what_is_inside_is_red(
    tmp_path: Path, status: int, said: object, fault: str
) -> None:
    def careless(path: str, body: bytes) -> tuple[int, str, object]:
        good = good_service(path, body)
        return good if good[0] == 200 else (status, "application/problem+json", said)

    with pytest.raises(Failed, match=rf"body \d+ b'.*: ({fault})"):
        fuzz.Bytes().run(fake_subject(tmp_path, careless))


def test_a_traceback_in_the_log_is_red(tmp_path: Path) -> None:
    def noisy(path: str, body: bytes) -> tuple[int, str, object]:
        (tmp_path / "serve.log").write_text("Traceback", encoding="utf-8")
        return good_service(path, body)

    with pytest.raises(Failed, match="a traceback is in"):
        fuzz.Bytes().run(fake_subject(tmp_path, noisy))


def test_the_same_bytes_are_changed_each_time() -> None:
    changed = [fuzz.mutate(b'{"rows": []}', random.Random(7)) for _ in range(2)]  # noqa: S311 - no secret
    assert changed[0] == changed[1] != b'{"rows": []}'


def test_a_document_that_is_not_kept_is_red_and_an_absent_tool_is_said(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="openapi"):
        fuzz.Schema().run(fake_subject(tmp_path, good_service, broken=("run",)))
    with pytest.raises(NotVerified, match="schemathesis"):
        fuzz.Schema().run(fake_subject(tmp_path, good_service, broken=("--version",)))
    fuzz.Schema().run(fake_subject(tmp_path, good_service))
