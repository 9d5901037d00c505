"""The champion of a repository in use: the project's own code says whether it may answer."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from ..findings import Finding
from .base import Failed, NotVerified, Subject
from .conformance import OfUse

POINTER = "bundles/champion.json"
# What a service does before it is ready: signature, hashes, schema and replay. No log is opened.
SCRIPT = """
import sys
from importlib import import_module
name = sys.argv[1]
try:
    configure = import_module(f"{name}.wiring").configure
    load = import_module(f"{name}.serving.service").load
    refusal = import_module(f"{name}.errors").StageError
except (ImportError, AttributeError) as error:
    sys.exit(f"NOT HERE {error}")
try:
    load(configure())
except refusal as error:
    sys.exit(str(error))
"""


class Contract(OfUse):
    """The champion is whole, signed where asked, of this schema, and scores as it did offline."""

    id = "conformance.bundle"

    def run(self, subject: Subject) -> None:
        """The champion may not answer."""
        home = subject.origin or subject.root
        if not (home / POINTER).is_file():
            raise NotVerified(f"a champion: there is no {POINTER} here")
        python = _python(home / ".venv")
        bring(home, subject.root)
        source = str(subject.root / "src")
        extra = {"PYTHONPATH": source, "PYTHONDONTWRITEBYTECODE": "1"}
        project = replace(subject.project, environment=subject.project.environment | extra)
        done = project.run(str(python), "-c", SCRIPT, project.package, timeout=120)
        said = done.tail(1)
        if said.startswith("NOT HERE"):
            raise NotVerified(f"an environment that can load it ({said[9:]}): uv sync there")
        if done.code:
            raise Failed(said, [Finding(POINTER, said)])


def _python(environment: Path) -> Path:
    """Return the interpreter of an environment, wherever this system has it."""
    for name in ("bin/python", "Scripts/python.exe"):
        if (environment / name).exists():
            return environment / name
    raise NotVerified("its environment: uv sync there")


def bring(home: Path, copy: Path) -> None:
    """Copy the champion's Bundle and its signature, which git does not keep."""
    if home == copy:
        return
    pointer = copy / POINTER
    pointer.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(home / POINTER, pointer)
    try:
        name = str(json.loads(pointer.read_text(encoding="utf-8"))["path"])
    except (ValueError, KeyError, TypeError):
        return  # the project itself says what is wrong with it
    for path in (home / POINTER).parent.glob(f"{Path(name).name}*"):
        target = pointer.with_name(path.name)
        shutil.copytree(path, target) if path.is_dir() else shutil.copy2(path, target)
