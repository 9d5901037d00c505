"""Loaded into cookiecutter, which ignores a misspelt name and is loud when a hook refuses."""

from __future__ import annotations

import difflib
import json
import logging
from pathlib import Path

import click
from jinja2 import Environment
from jinja2.ext import Extension

ROOT = Path(__file__).resolve().parents[1]


class Words(Extension):
    """Refuses words that are no variable, and tells the hooks where the template lies."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["template"] = str(ROOT)
        logging.getLogger("cookiecutter.hooks").addFilter(_without_traceback)
        context = click.get_current_context(silent=True)  # there is none when called as a library
        given = context.params.get("extra_context") if context else None
        for name in given or ():
            _refuse_unknown(name)


def _without_traceback(record: logging.LogRecord) -> bool:
    """Leave a hook's own sentence as what is read when it refuses."""
    record.exc_info = None
    return True


def _refuse_unknown(name: str) -> None:
    variables = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    follows = [f"_{known}" for known in variables["_follows"]]
    known = [known for known in variables if not known.startswith("_")] + follows
    if name in known:
        return
    if f"_{name}" in follows:
        raise click.UsageError(f"{name} follows from the profile: to say otherwise, write _{name}.")
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise click.UsageError(f"{name} is not a question{hint}: known are {', '.join(known)}.")
