"""A release that no image was built for, and the programs that are asked about it, played."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from ..project import Project
from .kubernetes import DIGEST, IMAGE

SCRIPTS_RUN = os.name == "posix"  # elsewhere no script is a program
SIGNER = "https://example.com/acme/"
GOLDEN_ROWS = 5
RELEASE: dict[str, Any] = {
    "format": 1,
    "image": f"{IMAGE}@{DIGEST}",
    "git_sha": "a" * 40,
    "model_version": "1",
    "model_digest": "b" * 64,
    "created_at": "2026-01-01T00:00:00+00:00",
    "golden": {"rows": [{"a": 1}], "scores": [0.5]},
}


def labels(release: dict[str, Any]) -> dict[str, str]:
    """Return the labels that the image of a release has."""
    return {
        "org.opencontainers.image.revision": release["git_sha"],
        "model.digest": release["model_digest"],
        "model.version": release["model_version"],
    }


def of_champion(project: Project, image: str) -> dict[str, Any]:
    """Return a release of the champion, with the first answers of its replay as golden ones."""
    champion = project.champion()
    replay = json.loads((champion / "replay.json").read_text(encoding="utf-8"))
    model = hashlib.sha256((champion / "contract.json").read_bytes()).hexdigest()
    golden = {name: replay[name][:GOLDEN_ROWS] for name in ("rows", "scores")}
    return RELEASE | {"image": image, "model_digest": model, "golden": golden}


def write(path: Path, release: dict[str, Any], programs: Path) -> Path:
    """Write a release; the played programs vouch for its image, and show the labels it has."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(release), encoding="utf-8")
    play(programs / "cosign")
    play(programs / "docker", said=json.dumps(labels(release)))
    return path


def play(program: Path, code: int = 0, wrong: str = "", said: str = "") -> None:
    """Write a program that says this, and ends so."""
    lines = (
        f"#!{sys.executable}",
        "import sys",
        f"print({said!r})",
        f"sys.stderr.write({wrong!r})",
        f"sys.exit({code})",
    )
    program.parent.mkdir(exist_ok=True)
    program.write_text("\n".join(lines), encoding="utf-8")
    program.chmod(0o755)
