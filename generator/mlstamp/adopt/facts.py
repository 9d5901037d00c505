"""What a repository says about itself: reasons not to adopt it, and answers to questions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import Refused
from ..layers import Layer
from ..source import git

BRANCH, REFERENCE = "mlstamp-adopt", "mlstamp-template"
_REMOTE = re.compile(r"[/:]([A-Za-z0-9](?:-?[A-Za-z0-9]){0,38})/[^/]+$")
_LICENCES = {"MIT": "MIT License", "Apache-2.0": "Apache License", "BSD-3-Clause": "BSD 3-Clause"}


def refuse_unfit(repository: Path) -> None:
    """Refuse what cannot be adopted, each for a reason that a person can mend."""
    if not repository.is_dir():
        raise Refused(f"{repository} is not a folder: give the path of a repository.")
    if not (repository / ".git").exists():
        raise Refused(f"{repository} is not the root of a git repository: git init, and commit.")
    if not git("for-each-ref", "--count=1", cwd=repository):
        raise Refused(f"{repository} has no commit yet: make the first one.")
    if git("status", "--porcelain", cwd=repository):
        raise Refused(f"{repository} has changes that are not committed: commit or stash them.")
    if any(repository.glob(".copier-answers*.y*ml")):
        raise Refused(f"{repository} is under a template already: mlstamp update brings it on.")
    if not git("ls-files", "*.py", "pyproject.toml", cwd=repository):
        raise Refused(f"{repository} holds no Python: make a new project with mlstamp new.")
    for branch in (BRANCH, REFERENCE):
        if git("branch", "--list", branch, cwd=repository):
            raise Refused(f"There is a branch {branch}: git branch -D {branch} takes it away.")


def refuse_flat(repository: Path, package: str) -> None:
    """Refuse a package at the root under the name that the template's has in src/."""
    if (repository / package / "__init__.py").is_file():
        raise Refused(
            f"The package {package} lies at the root and the template's in src: move it "
            f"(git mv {package} src/{package}) and commit, or give --data project_name=ANOTHER."
        )


def guessed(repository: Path) -> Iterator[Layer]:
    """Yield the answers that can be told from the repository, with where each comes from."""
    project = _project(repository)
    yield _name(repository, project)
    if said := _sentence(project.get("description")):
        yield Layer({"description": said}, "pyproject.toml")
    remotes = git("remote", cwd=repository).splitlines()
    url = git("remote", "get-url", "origin", cwd=repository) if "origin" in remotes else ""
    if found := _REMOTE.search(url.removesuffix("/")) if "/" in url else None:
        yield Layer({"owner": found[1]}, "the remote origin")
    yield _licence(repository)
    yield Layer({"profile": "minimal"}, "mlstamp adopt, as more can come by an update")


def _project(repository: Path) -> dict[str, Any]:
    path = repository / "pyproject.toml"
    if not path.is_file():
        return {}
    try:
        return dict(tomllib.loads(path.read_text(encoding="utf-8")).get("project", {}))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"pyproject.toml is not TOML ({error}): mend it first.") from None


def _name(repository: Path, project: dict[str, Any]) -> Layer:
    """Return the name of the one package, as the template's code is to stand within it."""
    packages = [path.parent.name for path in (repository / "src").glob("*/__init__.py")]
    if len(packages) == 1:
        return Layer({"project_name": packages[0].replace("_", "-")}, f"src/{packages[0]}")
    if "name" in project:
        return Layer({"project_name": project["name"]}, "pyproject.toml")
    return Layer({"project_name": repository.resolve().name}, "the name of the folder")


def _sentence(text: object) -> str:
    """Return a description as the template takes it, or nothing."""
    said = " ".join(str(text or "").split()).replace('"', "'").replace("\\", "/")
    return said if len(said) <= 120 else ""


def _licence(repository: Path) -> Layer:
    """Return the licence that LICENSE begins with; one that is not known is nobody's to change."""
    path = repository / "LICENSE"
    text = path.read_text(encoding="utf-8", errors="replace")[:400] if path.is_file() else ""
    for name, title in _LICENCES.items():
        if title in text:
            return Layer({"license": name}, "LICENSE")
    return Layer({"license": "none"}, "LICENSE" if text else "there being no LICENSE")
