"""Old answers to new questions: Copier drops one that no longer fits, and does not say so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..answers import Answers, Questionnaire
from ..errors import Refused


def checked(
    template: Path, stored: Mapping[str, object], given: Mapping[str, object]
) -> tuple[Answers, list[str]]:
    """Return the given answers, typed, and which stored ones are to no question any more.

    Refused: an unknown name, and a stored answer that the new release does not accept.
    """
    asked = Questionnaire.read(template)
    typed = asked.parse(given)
    known = asked.questions.keys() | asked.computed.keys()
    for name in asked.questions.keys() & (stored.keys() - given.keys()):
        _fits(asked, name, stored[name])
    return typed, sorted(name for name in stored.keys() - known if not name.startswith("_"))


def _fits(asked: Questionnaire, name: str, value: object) -> None:
    try:
        asked.questions[name].parse(value)
    except Refused as error:
        raise Refused(f"The answer on record is none any more: {error} Give --data.") from None
