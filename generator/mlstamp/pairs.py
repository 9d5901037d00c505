"""Answers that cover each other: every two that may stand together do so in one row at least.

The rows are kept with the template, so that a new capability adds to them and moves none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import combinations, product
from operator import itemgetter
from pathlib import Path
from typing import Any

from jinja2 import Template, meta

from .answers import JINJA, Answer, Answers, Questionnaire

PLACE = Path("copier") / "pairs.json"
Factors = Mapping[str, Sequence[Answer]]
Combination = tuple[tuple[str, Answer], ...]


class Rules:
    """What the validators of some questions say of the answers to one another."""

    def __init__(self, questionnaire: Questionnaire, names: Sequence[str]) -> None:
        questions = {name: questionnaire.questions[name] for name in names}
        self.factors: Factors = {
            name: question.choices or (True, False) for name, question in questions.items()
        }
        self._sentences = [
            (sorted(meta.find_undeclared_variables(JINJA.parse(text))), JINJA.from_string(text))
            for text in (question.validator for question in questions.values())
            if text
        ]
        self._valid = [row for row in self._rows(self._bound()) if self.allow(row)]

    def allow(self, row: Mapping[str, Answer]) -> bool:
        """Tell whether no validator refuses the row."""
        return not any(
            sentence.render(row).strip()
            for needed, sentence in self._sentences
            if set(needed) <= row.keys()
        )

    def possible(self, combination: Combination) -> bool:
        """Tell whether some row that is allowed has all of this."""
        bound = self._bound()
        wanted = [(name, value) for name, value in combination if name in bound]
        return any(all(row[name] == value for name, value in wanted) for row in self._valid)

    def forbidden(self) -> list[Answers]:
        """Return all answers of the questions in one validator that it refuses."""
        return [
            row
            for needed, sentence in self._sentences
            for row in self._rows(needed)
            if sentence.render(row).strip()
        ]

    def conditions(self) -> list[dict[str, Any]]:
        """Return the validators as covertable takes them: it asks some hundred thousand times."""
        return [
            {"operator": "fn", "requires": needed, "evaluate": self._judge(needed, sentence)}
            for needed, sentence in self._sentences
        ]

    def _judge(self, needed: Sequence[str], sentence: Template) -> Callable[[Answers], bool]:
        """Return what tells from answers whether a validator allows them, worked out beforehand."""
        pick = itemgetter(*needed)
        allowed = {pick(row) for row in self._rows(needed) if not sentence.render(row).strip()}
        return lambda row: pick(row) in allowed

    def _bound(self) -> list[str]:
        return sorted({name for needed, _ in self._sentences for name in needed})

    def _rows(self, names: Sequence[str]) -> Iterator[Answers]:
        values = (self.factors[name] for name in names)
        return (dict(zip(names, row, strict=True)) for row in product(*values))


def kept(template: Path, names: Sequence[str]) -> list[Answers]:
    """Return the rows that lie with a template; none where they are of other capabilities."""
    path = template / PLACE
    rows = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return [row for row in rows if set(row) == set(names)]


def extend(rules: Rules, rows: Sequence[Answers], strength: int = 2) -> list[Answers]:
    """Return the rows, completed, and as many more as cover every combination of that strength."""
    make: Any = import_module("covertable").make
    factors = {name: list(values) for name, values in rules.factors.items()}
    made = make(factors, strength=strength, constraints=rules.conditions(), presets=list(rows))
    return [{name: row[name] for name in factors} for row in made]


def uncovered(rules: Rules, rows: Sequence[Answers], strength: int = 2) -> list[Combination]:
    """Return each combination that could stand in a row and stands in none of these."""
    seen = {each for row in rows for each in combinations(sorted(row.items()), strength)}
    return [one for one in _every(rules, strength) if one not in seen and rules.possible(one)]


def count(rules: Rules, strength: int = 2) -> int:
    """Return how many combinations could stand in a row."""
    return sum(map(rules.possible, _every(rules, strength)))


def _every(rules: Rules, strength: int) -> Iterator[Combination]:
    for names in combinations(sorted(rules.factors), strength):
        for values in product(*(rules.factors[name] for name in names)):
            yield tuple(zip(names, values, strict=True))
