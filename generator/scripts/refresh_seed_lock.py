"""Make hooks/uv.lock.seed: one lock that holds what any choice of answers can need.

Run it when dependencies of the template change, and run every variant with it before a release.
Versions that are locked stay, unless --upgrade asks for the newest of each:

    uv run python generator/scripts/refresh_seed_lock.py [--upgrade]
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mlstamp import variants
from mlstamp.project import clean_environment
from mlstamp.render import render
from mlstamp.source import Source, snapshot
from mlstamp.steps import folder

ROOT = Path(__file__).resolve().parents[2]
Dependency = str | dict[str, str]


def main() -> None:
    """Lock the union of all variants and put it beside the hook that uses it."""
    with snapshot(ROOT) as template, TemporaryDirectory() as temporary:
        work = Path(temporary)
        rendered = [_pyproject(template, work / v.name, v) for v in _variants(template)]
        seed = work / "seed"
        seed.mkdir()
        text = union(rendered)
        (seed / "pyproject.toml").write_text(text, encoding="utf-8")
        (seed / "uv.lock").write_bytes((folder() / "uv.lock.seed").read_bytes())
        subprocess.run(["uv", "lock", *sys.argv[1:]], cwd=seed, check=True, env=clean_environment())
        (folder() / "uv.lock.seed").write_bytes((seed / "uv.lock").read_bytes())


def _variants(template: Path) -> list[variants.Variant]:
    return variants.distinct(template, variants.every(template))


def _pyproject(template: Path, root: Path, variant: variants.Variant) -> dict[str, Any]:
    render(Source(str(template)), root, variant.answers)
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def union(projects: list[dict[str, Any]]) -> str:
    """Return a pyproject.toml with every dependency that any of the projects has."""
    project = projects[0]["project"]
    groups = list(dict.fromkeys(name for p in projects for name in p.get("dependency-groups", {})))
    tables = "\n".join(
        _array(name, (p.get("dependency-groups", {}).get(name, []) for p in projects))
        for name in groups
    )
    return (
        f'[project]\nname = "seed"\nversion = "{project["version"]}"\n'
        f'requires-python = "{project["requires-python"]}"\n'
        f"{_array('dependencies', (p['project']['dependencies'] for p in projects))}\n"
        f"[dependency-groups]\n{tables}\n[tool.uv]\npackage = true\n"
    )


def _array(name: str, lists: Iterable[list[Dependency]]) -> str:
    every = dict.fromkeys(_toml(item) for items in lists for item in items)
    return f"{name} = [{', '.join(every)}]\n"


def _toml(item: Dependency) -> str:
    if isinstance(item, str):
        return f'"{item}"'
    return f'{{ include-group = "{item["include-group"]}" }}'


if __name__ == "__main__":
    main()
