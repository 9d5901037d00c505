"""What a result rests on, as SHA-256: the code of a check, the files it looks at, this machine.

Whatever is not sure to be without effect is taken in: a hash that changes too often costs time,
one that changes too seldom would call something green that is not.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from . import postgres, syntax
from .places import RECORDED
from .project import clean_environment
from .render import ANSWERS_FILE

PACKAGE = Path(__file__).resolve().parent
# Every program that a check, or a recipe that it calls, takes from the machine.
TOOLS = (
    *("alertmanager", "amtool", "aws", "az", "cosign", "docker", "docker-compose"),
    *("docker-registry", "dockerd", "gcloud", "git", "gke-gcloud-auth-plugin", "initdb", "java"),
    *(
        "kubectl",
        "node",
        "npm",
        "openssl",
        "prometheus",
        "prometheus-alertmanager",
        "promtool",
        "rsync",
    ),
    *("terraform", "uv", "uvx"),
)
# Variables that tools and checks take for settings.
SETTINGS = re.compile(
    r"(BUILDKIT|CONTAINER|DOCKER|MLFLOW|NODE|NPM|OMP|TF|UV)_\w+|CI|LANG|LC_\w+|PYTHON\w+|TZ"
)


def of(parts: Iterable[object]) -> str:
    """Return the hash of a list of plain values."""
    return hashlib.sha256(json.dumps(list(parts), sort_keys=True).encode()).hexdigest()


def tree(root: Path) -> str:
    """Return the hash of all files in a folder: names, bytes, and who may run them."""
    return of(_leaf(root, path) for path in sorted(_files(root)))


def _files(root: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in {".git", "__pycache__"}]
        yield from (Path(place, name) for name in names)


def _leaf(root: Path, path: Path) -> list[str]:
    content = path.read_bytes()
    if path == root / ANSWERS_FILE:  # the template is a folder with a new name in each run
        text = RECORDED.sub("", content.decode("utf-8", "surrogateescape"))
        content = text.encode("utf-8", "surrogateescape")
    runs = "x" if os.name == "posix" and path.stat().st_mode & 0o100 else ""
    return [path.relative_to(root).as_posix(), runs, hashlib.sha256(content).hexdigest()]


class Code:
    """The code of the harness at one place: here, or as another commit has it."""

    def __init__(self, package: Path, *beside: Path) -> None:
        """Read a package; `beside` are files and folders that every check rests on as well."""
        self.package = package
        data = (p for p in _files(package) if p.suffix not in {".py", ".pyc"})
        self._base = {"runner.py", *(p.relative_to(package).as_posix() for p in data)}
        self._beside = [_hash(path) for path in beside]
        self._imports: dict[str, set[str]] = {}

    def of(self, modules: Iterable[Path]) -> str:
        """Return the hash of modules of this harness and all that they import of it."""
        names = {_name(module) for module in modules} | self._base
        found = sorted(set().union(*map(self._closure, names)))
        return of([self._beside, [(name, _hash(self.package / name)) for name in found]])

    def _closure(self, name: str) -> set[str]:
        found, waiting = set[str](), {name}
        while waiting:
            found.add(one := waiting.pop())
            if one not in self._imports:
                self._imports[one] = imports(self.package, self.package / one)
            waiting |= self._imports[one] - found
        return found


def _name(module: Path) -> str:
    """Return the place in the package; a module from elsewhere keeps its whole path."""
    inside = module.is_relative_to(PACKAGE)
    return module.relative_to(PACKAGE).as_posix() if inside else str(module)


def _hash(path: Path) -> str:
    if path.is_dir():
        return tree(path)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "absent"


def imports(package: Path, module: Path) -> set[str]:
    """Return the modules of a package that one of its modules names in an import, anywhere."""
    if module.suffix != ".py" or not module.is_file():
        return set()
    found = set[str]()
    for node in ast.walk(syntax.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= _named(package, _origin(package, module, node), node)
        elif isinstance(node, ast.Import):
            ours = [a.name.split(".")[1:] for a in node.names if _ours(package, a.name)]
            found |= {name for words in ours for name in _file(package, package.joinpath(*words))}
    return found


def _origin(package: Path, module: Path, node: ast.ImportFrom) -> Path | None:
    words = (node.module or "").split(".") if node.module else []
    if node.level:
        return module.parents[node.level - 1].joinpath(*words)
    return package.joinpath(*words[1:]) if _ours(package, node.module or "") else None


def _ours(package: Path, name: str) -> bool:
    return name.partition(".")[0] == package.name


def _named(package: Path, origin: Path | None, node: ast.ImportFrom) -> set[str]:
    if origin is None:
        return set()
    inner = [_file(package, origin / alias.name) for alias in node.names]
    own = _file(package, origin) if not all(inner) else set[str]()
    return own.union(*inner)


def _file(package: Path, stem: Path) -> set[str]:
    places = [stem.with_name(f"{stem.name}.py"), stem / "__init__.py"]
    return {place.relative_to(package).as_posix() for place in places if place.is_file()}


@cache
def machine() -> str:
    """Return the hash of what is installed here: Pythons, packages, programs, their settings."""
    installed = sorted(f"{d.name} {d.version}" for d in metadata.distributions())
    settings = {k: v for k, v in clean_environment().items() if SETTINGS.fullmatch(k)}
    system = (platform.system(), platform.machine(), platform.python_version())
    database = postgres.programs() or Path()
    programs = [_program(name) for name in (*TOOLS, str(database / "initdb"))]
    return of([system, installed, _pythons(), programs, settings])


def _pythons() -> list[str]:
    """Return every Python that uv can choose, to the last figure of its version."""
    words = ["uv", "python", "list", "--only-installed", "--offline"]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, encoding="utf-8", cwd=Path(__file__).parent
        )
    except FileNotFoundError:
        return []
    return sorted({line.split()[0] for line in done.stdout.splitlines() if line.strip()})


def _program(name: str) -> list[object]:
    """Tell one build of a program from the next without running it."""
    found = shutil.which(name)
    if found is None:
        return [name]
    path = Path(found).resolve()
    return [name, str(path), path.stat().st_size, path.stat().st_mtime_ns]
