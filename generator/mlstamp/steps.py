"""The post-generation steps of hooks/, loaded from the wheel or from the checkout."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import cast

Step = Callable[[Path], tuple[bool, str]]
STEPS = {"git": "init_git", "lock": "seed_lock", "commit": "first_commit"}


def folder() -> Path:
    """Return where the hooks lie: beside this module in a wheel, at the root of a checkout."""
    packaged = Path(__file__).parent / "hooks"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "hooks"


def load(step: str) -> Step:
    """Return the step's function: it takes the project and returns (worked, sentence)."""
    name = STEPS[step]
    spec = importlib.util.spec_from_file_location(f"mlstamp_hook_{name}", folder() / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"hooks/{name}.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast(Step, module.run)
