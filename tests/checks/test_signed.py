"""An image that somebody else signed and that is taken is red, and so is ours that is refused."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mlstamp.checks import signed
from mlstamp.checks.base import Failed, NotVerified
from mlstamp.checks.kubernetes_refusals import NO_SIGNATURE
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from mlstamp.sigstore import GITHUB, Sigstore
from tests.checks.fakes import FakeProject, fake_subject

PLACE = "localhost:5000"
OURS = f"acme/song/{signed.WORKFLOW}"
CASES = ("fork", "workflow", "issuer")
ANOTHER = f"{signed.REFUSED} acme: {signed.ANOTHER}, got"


@dataclass
class Clerk(FakeProject):
    """Plays the recipes and the engine; a test lets one image be judged otherwise."""

    otherwise: dict[str, str] = field(default_factory=dict)  # what is said, by the case
    signers: dict[str, str] = field(default_factory=dict)  # shared by copies
    judged: list[str] = field(default_factory=list)

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done, words = super().must(*command, timeout=timeout), " ".join(command)
        said = f"{command[-1].removesuffix(':1')}@sha256:ab" if "RepoDigests" in words else ""
        if "just sign" in words:
            self.signers[Path(command[-1]).stem] = self.environment["ACTIONS_ID_TOKEN_REQUEST_URL"]
        return Completed(command, 0, 0.0, said, done.log)

    def run(self, *command: str, timeout: float = 600) -> Completed:
        case = Path(command[-1]).stem
        self.judged.append(case)
        good = {"unsigned": f"{signed.REFUSED} acme: {NO_SIGNATURE}", "ours": ""}
        said = self.otherwise.get(case, good.get(case, ANOTHER))
        log = self.root / f"{case}.log"
        log.write_text(said, encoding="utf-8")
        return Completed(command, 1 if said else 0, timeout, "", log)


@pytest.fixture
def clerk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clerk:
    """A project that does everything right."""

    @contextmanager
    def place(work: Path) -> Iterator[str]:
        work.mkdir()
        yield PLACE

    @contextmanager
    def trusted(folder: Path) -> Iterator[Sigstore]:
        yield Sigstore("http://sigstore.test", folder)

    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    helps(monkeypatch, signed.BY_DEFAULT)
    monkeypatch.setattr(signed, "registry", place)
    monkeypatch.setattr(signed, "sigstore", trusted)
    return Clerk(tmp_path, tmp_path / "logs")


def helps(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let every program say this, and end well."""

    def said(*_: Any, **__: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 0, text)

    monkeypatch.setattr(subprocess, "run", said)


def judge(clerk: Clerk) -> None:
    subject = fake_subject(clerk.root)
    subject.project, subject.answers["owner"] = clerk, "acme"
    signed.Signed().run(subject)


def test_only_the_image_of_the_projects_own_workflow_is_taken(clerk: Clerk) -> None:
    judge(clerk)
    assert clerk.judged == ["unsigned", *CASES, "ours"]
    assert set(clerk.signers) == {*CASES, "ours"}
    ours = Sigstore("http://sigstore.test", clerk.root).workflow(OURS, GITHUB)
    assert clerk.signers["ours"] == ours["ACTIONS_ID_TOKEN_REQUEST_URL"]
    assert "acme-evil" in clerk.signers["fork"]


@pytest.mark.parametrize("case", ["unsigned", *CASES])
def test_an_image_that_is_taken_or_refused_for_another_reason_is_red(
    clerk: Clerk, case: str
) -> None:
    for said in ("", f"{signed.REFUSED} acme: no such host"):
        clerk.otherwise = {case: said}
        with pytest.raises(Failed, match=f"{case}: not refused with"):
            judge(clerk)


def test_our_own_image_that_is_refused_or_whose_bill_is_unsigned_is_red(clerk: Clerk) -> None:
    clerk.otherwise = {"ours": ANOTHER}
    with pytest.raises(Failed, match="ours: refused"):
        judge(clerk)
    clerk.otherwise, clerk.broken = {}, ("verify-attestation",)
    with pytest.raises(StepFailed, match="verify-attestation"):
        judge(clerk)


def test_without_cosign_3_or_what_plays_sigstore_nothing_is_verified(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk.broken = ("uvx",)
    with pytest.raises(NotVerified, match="cryptography"):
        judge(clerk)
    helps(monkeypatch, "--use-signing-config=false")
    with pytest.raises(NotVerified, match="cosign 3"):
        judge(clerk)

    def absent(*_: Any, **__: Any) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "run", absent)
    with pytest.raises(NotVerified, match=r"^cosign$"):
        judge(clerk)
