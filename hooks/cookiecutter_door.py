"""The cookiecutter door: cookiecutter asks, Copier makes the project, so that it can be updated.

`pre_gen_project.py` and `post_gen_project.py` hand over to this module. It is run by cookiecutter's
Python and needs nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COPIER = "copier>=9.17.2,<10"  # what mlstamp itself asks for
PARTS = ("copier.yml", "copier", "template")
MARKER = ".cookiecutter"
STEPS = ("init_git", "seed_lock", "first_commit")
_PREFIX = re.compile(r"^(ValueError: )?(Validation error for question '\w+': )?")
_PASSWORD = re.compile(r"^(https?://)[^@/]+@")
_RELEASE = re.compile(r"v?\d+(\.\d+)*$")

Context = Mapping[str, Any]


class Stopped(Exception):
    """The project cannot be made: the message is one sentence that says what to do instead."""


def prepare(context: Context) -> int:
    """Refuse, before anything is written, what Copier could not do; return the exit code."""
    return _ended(lambda: _prepare(context, Path()))


def finish(context: Context) -> int:
    """Let Copier make the project in the working directory; return the exit code."""
    project = Path().resolve()
    try:
        return _ended(lambda: _make(context, project))
    except KeyboardInterrupt:  # cookiecutter is interrupted as well, and would leave the folder
        os.chdir(project.parent)
        shutil.rmtree(project, ignore_errors=True)
        return 130


def _ended(work: Callable[[], None]) -> int:
    try:
        work()
    except Stopped as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _prepare(context: Context, project: Path) -> None:
    if any(project.iterdir()):
        raise Stopped(
            f"{project.resolve().name} is not empty: choose another name, "
            "or bring that repository under the template with mlstamp adopt."
        )
    answers(context)
    source(context)
    copier()


def _make(context: Context, project: Path) -> None:
    """Render beside the project and move at the end, so that it is there as a whole or not."""
    location, ref = source(context)
    with TemporaryDirectory(prefix=".mlstamp-", dir=project.parent) as temporary:
        staging, given = Path(temporary) / "project", Path(temporary) / "answers.yml"
        given.write_text(json.dumps(answers(context)), encoding="utf-8")  # JSON is YAML
        words = ["--defaults", "--quiet", "--vcs-ref", ref, "--data-file", str(given)]
        _run([*copier(), "copy", *words, location, str(staging)])
        _warn_about_ref(ref)
        for step in STEPS:
            subprocess.run([sys.executable, str(ROOT / "hooks" / f"{step}.py"), str(staging)])
        (project / MARKER).unlink()
        for child in staging.iterdir():
            child.replace(project / child.name)


def answers(context: Context) -> dict[str, Any]:
    """Return the answers for Copier; a value that no question takes is refused."""
    found = {name: value for name, value in context.items() if not name.startswith("_")}
    for name, choices in context["_follows"].items():
        said = str(context[f"_{name}"])
        if said and said not in choices:
            raise Stopped(f"_{name}={said} is not a choice: choose one of {', '.join(choices)}.")
        if said:
            found[name] = said
    return found


def source(context: Context) -> tuple[str, str]:
    """Return the template as Copier takes it: a location and a ref within it."""
    if not (ROOT / ".git").exists():
        raise Stopped(
            f"{ROOT} is not a git repository, and a project made from it could never be "
            "updated: give cookiecutter the URL of one."
        )
    if _git("status", "--porcelain", "--", *PARTS):
        raise Stopped("The template has changes that are not committed: commit them first.")
    tags = _git("tag", "--points-at", "HEAD", "--sort=-version:refname").splitlines()
    ref = next((tag for tag in tags if _RELEASE.match(tag)), None) or _git("rev-parse", "HEAD")
    if context["_repo_dir"] == context["_template"]:  # a folder, not a clone of cookiecutter's
        return str(ROOT), ref
    url = _PASSWORD.sub(r"\1", _git("remote", "get-url", "origin"))
    plain = url.endswith(".git") or url.startswith("git") or "://" not in url
    return url if plain else f"git+{url}", ref


def copier() -> list[str]:
    """Return the words that run Copier, by uv where it is not installed."""
    by_uv = ["--from", COPIER, "copier"]
    for program, words in (("copier", []), ("uvx", by_uv), ("uv", ["tool", "run", *by_uv])):
        if found := shutil.which(program):
            return [found, *words]
    raise Stopped(
        "Neither copier nor uv is installed: install uv (https://docs.astral.sh/uv/) and try again."
    )


def _warn_about_ref(ref: str) -> None:
    if not _RELEASE.match(ref):
        print(
            "This is no release of the template: `copier update` goes on from the next one. "
            "Add --checkout TAG for a release."
        )


def _git(*words: str) -> str:
    if shutil.which("git") is None:
        raise Stopped("git is not installed: install it and try again.")
    done = subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        raise Stopped(f"git {words[0]} failed: {_last(done.stderr)}")
    return done.stdout.strip()


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        raise Stopped(_PREFIX.sub("", _last(done.stderr)))


def _last(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given."
