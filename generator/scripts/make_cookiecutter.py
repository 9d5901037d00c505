"""Write cookiecutter.json from copier.yml: run it after changing a question.

What everybody is asked is a question there as well. What follows from the profile is not asked: it
is a variable with a `_` before its name, empty until somebody says otherwise.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlstamp.answers import Question, Questionnaire, read_config

ROOT = Path(__file__).resolve().parents[2]
PLACE = "cookiecutter.json"
LEFT_OUT = {"profile": "custom"}  # it asks about each, and cookiecutter cannot ask on


def made(root: Path) -> str:
    """Return what the file has to hold."""
    config, questions = read_config(root), Questionnaire.read(root).questions
    follows = {name: one for name, one in questions.items() if _follows(one, config[name])}
    asked = {name: one for name, one in questions.items() if name not in follows}
    variables: dict[str, Any] = {name: _variable(one) for name, one in asked.items()}
    variables |= {f"_{name}": "" for name in follows}
    variables["_follows"] = {name: _values(one) for name, one in follows.items()}
    variables["_extensions"] = ["hooks.cookiecutter_words.Words"]
    variables["__project_slug"] = "{{ cookiecutter.project_name | slugify }}"
    labels = {name: _labels(config[name]) for name in asked}
    variables["__prompts__"] = {name: _prompt(one, labels[name]) for name, one in asked.items()}
    return json.dumps(variables, indent=2, ensure_ascii=False) + "\n"


def _follows(question: Question, raw: dict[str, Any]) -> bool:
    """Tell whether the answer follows from others unless somebody says otherwise."""
    return "ask" in raw or "{{" in str(question.default)


def _variable(question: Question) -> object:
    """Return the default, before the other choices where there are any."""
    others = [
        choice
        for choice in question.choices
        if choice not in (question.default, LEFT_OUT.get(question.name))
    ]
    return [question.default, *others] if others else question.default


def _values(question: Question) -> list[str]:
    return [str(choice) for choice in question.choices] or ["true", "false"]


def _labels(raw: dict[str, Any]) -> dict[str, str]:
    choices = raw.get("choices")
    return {value: label for label, value in choices.items()} if isinstance(choices, dict) else {}


def _prompt(question: Question, labels: dict[str, str]) -> object:
    kept = {value: label for value, label in labels.items() if value in _shown(question)}
    return {"__prompt__": question.help, **kept} if kept else question.help


def _shown(question: Question) -> set[object]:
    variable = _variable(question)
    return set(variable) if isinstance(variable, list) else set()


if __name__ == "__main__":
    (ROOT / PLACE).write_text(made(ROOT), encoding="utf-8", newline="\n")
