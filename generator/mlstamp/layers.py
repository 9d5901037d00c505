"""Answers that were said somewhere else than on the command line: files, presets, an organisation.

What is said closer to the person wins: --data, then --answers, then a preset, then the defaults of
the organisation, then the template's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .answers import Answers, Questionnaire
from .errors import Refused


@dataclass(frozen=True)
class Layer:
    """Answers, and where they were said: nowhere in particular on the command line."""

    answers: Mapping[str, object] = field(default_factory=dict)
    origin: str = ""

    def parse(self, asked: Questionnaire, given: Mapping[str, object]) -> Answers:
        """Return these of its answers, typed; a refusal says where the answer stands."""
        try:
            return asked.parse(given)
        except Refused as error:
            raise Refused(f"{self.origin}: {error}" if self.origin else str(error)) from None

    def said(self, answers: Mapping[str, object]) -> str:
        """Return the sentence that says which answers came from here."""
        pairs = ", ".join(f"{name}={_word(value)}" for name, value in answers.items())
        return f"{pairs} from {self.origin}."


NOTHING = Layer()


def told(
    asked: Questionnaire,
    layers: Sequence[Layer],
    organisation: Layer,
    say: Callable[[str], None],
) -> tuple[Answers, Answers]:
    """Return answers, and defaults for the rest; say of each where it comes from."""
    settled, said = settle(asked, layers)
    defaults, more = suggested(asked, organisation, settled)
    for sentence in said + more:
        say(sentence)
    return settled, defaults


def settle(asked: Questionnaire, layers: Sequence[Layer]) -> tuple[Answers, list[str]]:
    """Return the answers of all layers, the first of them winning, and who said what."""
    settled: Answers = {}
    said: list[str] = []
    for layer in layers:
        typed = layer.parse(asked, layer.answers)
        won = {name: value for name, value in typed.items() if name not in settled}
        settled |= won
        said += [layer.said(won)] if won and layer.origin else []
    return settled, said


def suggested(
    asked: Questionnaire, organisation: Layer, settled: Mapping[str, object]
) -> tuple[Answers, list[str]]:
    """Return the defaults that the organisation has for open questions, and where they come from.

    Its file serves other templates too: what this one does not ask is no mistake.
    """
    known = {n: v for n, v in organisation.answers.items() if n in asked.questions}
    typed = organisation.parse(asked, known)
    won = {name: value for name, value in typed.items() if name not in settled}
    return won, [organisation.said(won)] if won else []


def read(path: Path) -> Layer:
    """Read an answers file, as Copier's `--data-file` takes it; Copier's own `_` keys are left."""
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise Refused(f"{path} is not YAML: write one `name: value` a line.") from None
    if not isinstance(loaded, dict):
        raise Refused(f"{path} holds no answers: write one `name: value` a line.")
    answers = {str(n): value for n, value in loaded.items() if not str(n).startswith("_")}
    for name, value in answers.items():
        if not isinstance(value, (str, int, float, bool)):
            raise Refused(f"{path}: {name} has to be one value, and not a list or nothing.")
    return Layer(answers, str(path))


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
