"""Presets: answers under a name, in the person's own configuration folder."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import yaml
from platformdirs import user_config_path

from .answers import Answers, Questionnaire
from .errors import Refused
from .layers import Layer, read

OWN = ("project_name", "description")  # what no two projects share
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def folder() -> Path:
    """Return where presets lie, whether or not there are any."""
    return user_config_path("mlstamp", appauthor=False) / "presets"


def every() -> list[str]:
    """Return the names of all presets."""
    return sorted(path.stem for path in folder().glob("*.yml"))


def load(name: str) -> Layer:
    """Return a preset."""
    path = _path(name)
    if not path.is_file():
        known = ", ".join(every()) or "none yet: make one with --save-preset"
        raise Refused(f"{name} is not a preset: known are {known}.")
    return read(path)


def refuse_unfit(name: str) -> None:
    """Refuse a name that cannot be a file's or is taken, and a folder that takes none."""
    if (path := _path(name)).exists():
        raise Refused(f"The preset {name} exists: choose another name, or delete {path}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{path.parent} cannot be made ({error.strerror}): make it first.") from None


def save(name: str, answers: Mapping[str, object]) -> Path:
    """Write a preset, whole or not at all, and return its file."""
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(yaml.safe_dump(dict(answers), sort_keys=False), encoding="utf-8")
    return draft.replace(path)


def worth_saving(
    asked: Questionnaire, answers: Mapping[str, object], always: Collection[str] = ()
) -> Answers:
    """Return the answers that are not what they would be anyway, and those to `always` keep."""
    kept: Answers = {}
    for name, question in asked.questions.items():
        if name in answers and name not in OWN:
            answer = question.parse(answers[name])
            if name in always or answer != asked.resolve(kept)[name]:
                kept[name] = answer
    return kept


def _path(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise Refused(f"{name} cannot name a preset: use letters, digits, - and _.")
    return folder() / f"{name}.yml"
