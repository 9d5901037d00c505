"""The infrastructure is formatted, valid and tested, and breaks no policy without saying why."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import ClassVar

from ..errors import StepFailed
from ..project import Project
from .base import Check, Failed, NotVerified, Subject, expect, listing

CHECKOV = "checkov==3.3.30"  # as infra/infra.just has it
FEWEST_PASSED = 10  # policies that a scan of any cloud's files passes: fewer, and it saw nothing
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
WRONG = re.compile(r"\bError: |\berror: |\bFAILED\b|^Check: |\.\.\. fail$|^\S+\.tf(?:vars)?$")
OWN_VALUES = {"project.tf", "terraform.tfvars"}  # in which two environments differ


class InCloud(Check):
    """A check of `infra/`, for those who chose one of these clouds."""

    capability = "cloud"
    clouds: ClassVar[tuple[str, ...]] = ("aws", "gcp", "azure")

    def concerns(self, subject: Subject) -> bool:
        """Tell whether the subject goes into one of the clouds."""
        return super().concerns(subject) and subject.answers.get("cloud") in self.clouds


class SameEnvironments(InCloud):
    """Staging and prod are the same code with other values."""

    id = "infra.environments"

    def concerns(self, subject: Subject) -> bool:
        """Tell whether there are environments: with Kubernetes they are elsewhere."""
        return super().concerns(subject) and subject.answers.get("deploy") == "service"

    def run(self, subject: Subject) -> None:
        """What is tried in staging is not what comes to prod."""
        staging, prod = (texts(subject.root / "infra" / "envs" / e) for e in ("staging", "prod"))
        names = sorted((staging.keys() | prod.keys()) - OWN_VALUES)
        faults = [name for name in names if staging.get(name) != prod.get(name)]
        expect(names, "infra/envs/ is empty")
        expect(not faults, f"they differ in {listing(faults)}")


def texts(folder: Path) -> dict[str, str]:
    """Return the files of a folder by name, those left out that terraform makes."""
    found = (path for path in sorted(folder.glob("*")) if path.is_file())
    return {p.name: p.read_text(encoding="utf-8") for p in found if not p.name.startswith(".")}


class Formatted(InCloud):
    """`terraform fmt` has nothing to change."""

    id = "infra.format"

    def run(self, subject: Subject) -> None:
        """Files of infra/ are not as `terraform fmt` would write them."""
        need_terraform(subject.project)
        folder = (subject.root / "infra").as_posix()
        subject.project.must("terraform", "fmt", "-check", "-recursive", "-diff", folder)


class Valid(InCloud):
    """`just infra-check` is green: validate, and the tests with a provider that is played."""

    id = "infra.check"
    requires = ("quality.sync", "infra.format")

    def run(self, subject: Subject) -> None:
        """`just infra-check` is red."""
        copy = copied(subject, "check")
        need_provider(subject, copy)
        said = recipe(subject, copy, "infra-check", timeout=600)
        expect(not re.search(r"\b0 passed", said), "terraform test found no tests")


class Policies(InCloud):
    """`just infra-scan` has no finding but those whose reason stands beside them."""

    id = "infra.policies"
    requires = ("quality.sync",)

    def run(self, subject: Subject) -> None:
        """Checkov finds what nobody has given a reason for."""
        need("checkov", subject.project, "uvx", "--from", CHECKOV, "checkov", "--version")
        faults = [f"{where} gives no reason" for where in unexplained(subject.root / "infra")]
        expect(not faults, listing(faults))
        said = recipe(subject, copied(subject, "scan"), "infra-scan", timeout=300)
        passed = re.search(r"Passed checks: (\d+)", said)
        count = int(passed[1]) if passed else 0
        expect(count >= FEWEST_PASSED, f"only {count} policies were looked at")


def unexplained(folder: Path) -> list[str]:
    """Return where a finding is suppressed without a sentence that says why."""
    return [
        f"{path.relative_to(folder).as_posix()}:{number}"
        for path in sorted(folder.rglob("*.tf"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "checkov:skip" in line and not re.search(r"checkov:skip=\w+:\S+( \S+){2,}", line)
    ]


def need(tool: str, project: Project, *command: str) -> None:
    """Say that a tool is missing unless this command works."""
    try:
        project.must(*command)
    except StepFailed:
        raise NotVerified(tool) from None


def need_terraform(project: Project) -> None:
    """Say that terraform is missing unless it runs."""
    need("terraform", project, "terraform", "version")


def need_provider(subject: Subject, copy: Path) -> None:
    """Say that the cloud's provider cannot be had; any other fault is one."""
    need_terraform(subject.project)
    folder = (copy / "infra" / "bootstrap").as_posix()
    init = ("terraform", f"-chdir={folder}", "init", "-backend=false", "-input=false", "-no-color")
    done = subject.project.run(*init)
    if done.code and "provider packages" in done.tail(60):
        raise NotVerified(f"terraform provider {subject.answers['cloud']}")
    if done.code:
        raise Failed(done.tail())


def copied(subject: Subject, name: str) -> Path:
    """Return a folder with a fresh copy of infra/, so that terraform leaves nothing behind."""
    folder = subject.work / f"infra-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    shutil.copytree(subject.root / "infra", folder / "infra", ignore=ignored)
    return folder


def recipe(subject: Subject, copy: Path, name: str, timeout: float) -> str:
    """Run a recipe of infra.just on a copy, and return what it said; raises StepFailed."""
    recipes = (copy / "infra" / "infra.just").as_posix()
    place = ("--justfile", recipes, "--working-directory", copy.as_posix())
    project = subject.project
    done = project.run(*project.launcher, "just", *place, name, timeout=timeout)
    if done.code:
        reasons = "\n".join(errors(done.log)) or done.tail()
        raise StepFailed(f"`just {name}` exited with {done.code}: see {done.log}\n{reasons}")
    return done.stdout


def errors(log: Path, most: int = 12) -> list[str]:
    """Return the lines of a log that say what is wrong: terraform does not say it last."""
    text = COLOUR.sub("", log.read_text(encoding="utf-8", errors="replace"))
    wrong = [line.strip("│ ") for line in text.splitlines() if WRONG.search(line)]
    return [line for line in wrong if "error: Recipe" not in line][:most]
