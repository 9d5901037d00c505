"""The infrastructure of AWS, really applied: to a cloud that is played."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from ..errors import StepFailed
from ..http import get
from ..moto import ACCOUNT, PACKAGE, moto, override
from ..project import Completed, Project
from .base import Subject, expect
from .infra import InCloud, copied, need, need_provider

REPOSITORY = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/churn"
OLD, NEW = (f"{REPOSITORY}@sha256:{letter * 64}" for letter in "ab")
SUBJECT = "repo:acme/churn:environment:ENVIRONMENT"
CI = f'{{issuer="ci.test",audience="sts.amazonaws.com",subject="{SUBJECT}"}}'
NO_CHANGES = "No changes."


@dataclass
class Terraform:
    """One folder of infra/ in which terraform is run; `seconds` keeps how long each step took."""

    project: Project
    folder: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, step: str, *words: str) -> Completed:
        """Run terraform, and note how long it takes."""
        place = f"-chdir={self.folder.as_posix()}"
        done = self.project.run("terraform", place, *words, timeout=600)
        self.seconds[f"{self.folder.name}: {step}"] = round(done.seconds, 1)
        return done

    def must(self, step: str, *words: str) -> str:
        """Run terraform, which has to work."""
        done = self.run(step, *words)
        if done.code:
            raise StepFailed(f"{self.folder.name}: {step} failed: see {done.log}\n{done.tail(30)}")
        return done.stdout

    def apply(self, step: str, **values: str) -> None:
        """Apply with these variables."""
        self.must(step, "apply", *QUIET, "-auto-approve", *variables(values))

    def plan(self, step: str, **values: str) -> str:
        """Return what a plan says, whether it works or not."""
        return said(self.run(step, "plan", *QUIET, *variables(values)))

    def settled(self, step: str, **values: str) -> None:
        """Expect that a plan finds nothing left to change."""
        text = self.plan(step, **values)
        expect(NO_CHANGES in text, f"{step} wants changes:\n{text[-1500:]}")

    def outputs(self) -> dict[str, Any]:
        """Return the outputs; one that is null is not there."""
        found = json.loads(self.must("output", "output", "-json"))
        return {name: entry["value"] for name, entry in found.items()}


QUIET = ("-input=false", "-no-color", "-lock-timeout=0s")


def variables(values: dict[str, str]) -> tuple[str, ...]:
    """Return values as terraform takes them."""
    return tuple(f"-var={name}={value}" for name, value in values.items())


def said(done: Completed) -> str:
    """Return all that a command wrote, with the borders and breaks of messages taken out."""
    text = done.log.read_text(encoding="utf-8", errors="replace")
    return " ".join(text.replace("│", " ").split())


class Applies(InCloud):
    """Applied to a cloud that is played: nothing is left to change, and all of it goes again."""

    id = "infra.applies"
    requires = ("infra.check",)
    only_for = ("cloud-aws",)
    clouds: ClassVar[tuple[str, ...]] = ("aws",)

    def run(self, subject: Subject) -> None:
        """An apply fails, is not settled, leaves something behind, or goes where it must not."""
        copy = copied(subject, "moto")
        need_provider(subject, copy)
        need("moto", subject.project, "uvx", "--from", PACKAGE, "moto_server", "--help")
        with moto(subject.work / "moto") as url:
            override(copy / "infra", url)
            bootstrap = Terraform(subject.project, copy / "infra" / "bootstrap")
            staging = replace(bootstrap, folder=copy / "infra" / "envs" / "staging")
            with applied(bootstrap):
                staging.must("init", "init", "-input=false", "-no-color")
                release(staging, url, state_place(copy))
                staging.must("destroy", "destroy", *QUIET, "-auto-approve", f"-var=image={NEW}")
                expect(not staging.must("list", "state", "list").strip(), "something is left")
        report = json.dumps(bootstrap.seconds, indent=2)
        (subject.work / "moto" / "seconds.json").write_text(report, encoding="utf-8")


@contextmanager
def applied(bootstrap: Terraform) -> Iterator[None]:
    """Bootstrap, see that it is settled, and take it away again."""
    values = {"account_id": ACCOUNT, "ci": CI}
    bootstrap.must("init", "init", "-input=false", "-no-color")
    bootstrap.apply("apply", **values)
    bootstrap.settled("second plan", **values)
    yield
    bootstrap.must("destroy", "destroy", *QUIET, "-auto-approve", *variables(values))


def state_place(copy: Path) -> str:
    """Return bucket and key of staging's state."""
    return "/".join(words_of(copy / "infra" / "envs" / "staging" / "project.tf", "bucket", "key"))


def words_of(path: Path, *names: str) -> list[str]:
    """Return what a file of Terraform sets each of these to."""
    text = path.read_text(encoding="utf-8")
    return [text.partition(f"{name} ")[2].split('"')[1] for name in names]


def release(staging: Terraform, url: str, state: str) -> None:
    """Take one image to staging, then another through a canary; what is wrong is refused."""
    refused(staging, "is not a digest", image=f"{REPOSITORY}:latest")
    refused(staging, "not allowed", image=OLD, account_id="999999999999")
    staging.apply("apply", image=OLD)
    staging.settled("second plan", image=OLD)
    canary = {"image": OLD, "canary_image": NEW, "canary_percent": "10"}
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(staging.apply, "canary", **canary)
        wait_for_lock(lambda: get(f"{url}/{state}.tflock").status != 404)  # strangers see no more
        refused(staging, "Error acquiring the state lock", **canary)
        other.result()
    expect(staging.outputs().get("canary_url"), "the canary has no address")
    staging.settled("plan of the canary", **canary)
    staging.apply("promote", image=NEW)
    outputs = staging.outputs()
    expect(outputs.get("image") == NEW and not outputs.get("canary_url"), f"outputs: {outputs}")


def wait_for_lock(locked: Callable[[], bool], patience: float = 30) -> None:
    """Wait until somebody locks the state."""
    deadline = time.monotonic() + patience
    while not locked():
        expect(time.monotonic() < deadline, "an apply does not lock the state")
        time.sleep(0.1)


def refused(staging: Terraform, words: str, **values: str) -> None:
    """Expect that a plan stops with these words."""
    done = staging.run(f"refused: {words}", "plan", *QUIET, *variables(values))
    expect(
        done.code == 1 and words in said(done), f"not refused with {words!r}: {said(done)[-800:]}"
    )
