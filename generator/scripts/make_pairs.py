"""Write copier/pairs.json: run it after adding a capability or a choice.

Rows that are there already keep their answers; what is new is added to them, or in more rows.
"""

from __future__ import annotations

import json
from pathlib import Path

from mlstamp import pairs
from mlstamp.answers import Answers, Questionnaire
from mlstamp.variants import capabilities, default, profiles, runtimes

ROOT = Path(__file__).resolve().parents[2]


def made(root: Path) -> str:
    """Return what the file has to hold."""
    questionnaire = Questionnaire.read(root)
    names = capabilities(root, questionnaire)
    rules = pairs.Rules(questionnaire, names)
    rows = pairs.extend(rules, kept(root) or first(questionnaire, names))
    return json.dumps(rows, indent=1) + "\n"


def kept(root: Path) -> list[Answers]:
    """Return the rows of the file, whichever capabilities they know."""
    path = root / pairs.PLACE
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []


def first(questionnaire: Questionnaire, names: tuple[str, ...]) -> list[Answers]:
    """Return the answers of the variants that are tried anyway."""
    families = (default, profiles, runtimes)
    tried = [variant for family in families for variant in family(questionnaire, names)]
    resolved = (questionnaire.resolve(variant.answers) for variant in tried)
    return [{name: answers[name] for name in names} for answers in resolved]


if __name__ == "__main__":
    (ROOT / pairs.PLACE).write_text(made(ROOT), encoding="utf-8", newline="\n")
