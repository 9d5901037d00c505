"""The template's questions, read from copier.yml, and the answers that they accept.

Copier ignores an unknown answer silently, so a typo would stamp out the wrong repository:
here it is refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import jinja2
import yaml
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from .errors import Refused

CONFIGS = ("copier.yml", "copier.yaml")  # either name does for Copier
Answer = str | int | float | bool
Answers = dict[str, Answer]

_WORDS_OF_BOOL = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Sandbox(SandboxedEnvironment):
    """Renders strings of a template that nobody vouched for; Copier has such a one as well."""

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """Turn what a string of the template does wrong into one sentence."""
        try:
            super().handle_exception(source)
        except SecurityError as error:
            raise Refused(
                f"This template wants to run code of its own ({error}) and mlstamp never trusts "
                "one: use another."
            ) from None
        except jinja2.TemplateError as error:
            raise Refused(
                f"A default or a validator of this template cannot be worked out: {error}."
            ) from None


JINJA = Sandbox(
    undefined=jinja2.StrictUndefined, autoescape=jinja2.select_autoescape(default_for_string=False)
)


@dataclass(frozen=True)
class Question:
    """One question that a person may answer; `choices` is empty where any value goes."""

    name: str
    kind: str
    help: str
    default: object
    choices: tuple[Answer, ...]
    validator: str

    def parse(self, value: object) -> Answer:
        """Return the value in the question's type; a value outside the choices is refused."""
        answer = self._cast(value)
        if self.choices and answer not in self.choices:
            known = ", ".join(str(choice) for choice in self.choices)
            raise Refused(
                f"{self.name}={value} is not a choice{_hint(str(value), map(str, self.choices))}: "
                f"choose one of {known}."
            )
        return answer

    def _cast(self, value: object) -> Answer:
        try:
            return _cast(value, self.kind)
        except (KeyError, ValueError):
            wanted = "true or false" if self.kind == "bool" else f"a value of type {self.kind}"
            raise Refused(f"{self.name}={value} does not fit: give {wanted}.") from None


def _cast(value: object, kind: str) -> Answer:
    if kind == "bool":
        return value if isinstance(value, bool) else _WORDS_OF_BOOL[str(value).strip().lower()]
    if kind == "int":
        return int(str(value))
    return float(str(value)) if kind == "float" else str(value)


@dataclass(frozen=True)
class Questionnaire:
    """Every question of one template, in the order in which they are asked."""

    questions: dict[str, Question]
    computed: dict[str, Question]

    @classmethod
    def read(cls, template: Path) -> Questionnaire:
        """Read `copier.yml` of a template folder, with the files it includes."""
        config = read_config(template)
        every = {name: _question(name, raw) for name, raw in config.items() if name[0] != "_"}
        hidden = {name for name in every if _is_hidden(config[name])}
        return cls(
            {name: question for name, question in every.items() if name not in hidden},
            {name: question for name, question in every.items() if name in hidden},
        )

    def parse(self, given: Mapping[str, object]) -> Answers:
        """Return typed answers; unknown names and wrong values are refused."""
        for name in given:
            self._refuse_unknown(name)
        return {name: self.questions[name].parse(value) for name, value in given.items()}

    def _refuse_unknown(self, name: str) -> None:
        if name in self.questions:
            return
        if name in self.computed:
            raise Refused(
                f"{name} is computed from other answers and cannot be given: leave it out."
            )
        known = ", ".join(self.questions)
        raise Refused(f"{name} is not a question{_hint(name, self.questions)}: known are {known}.")

    def resolve(self, given: Mapping[str, object]) -> Answers:
        """Return every answer as Copier would compute it when the others take their defaults."""
        answers: dict[str, Any] = dict(self.parse(given))
        for name, question in {**self.questions, **self.computed}.items():
            if name not in answers and name in self.questions:
                answers[name] = question.parse(_render(question.default, answers))
        return answers


def _render(value: object, answers: Mapping[str, object]) -> object:
    return JINJA.from_string(value).render(answers) if isinstance(value, str) else value


def parse_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """Split the `key=value` words of a command line."""
    given: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Refused(f"--data {pair} is not an answer: write it as --data name=value.")
        given[name.strip()] = value
    return given


def read_config(template: Path) -> dict[str, Any]:
    """Return copier.yml merged with what it includes; list settings (`_exclude` ...) add up."""
    path = next((path for name in CONFIGS if (path := template / name).is_file()), None)
    if path is None:
        raise Refused(f"{template} is no template: it has no copier.yml.")
    merged: dict[str, Any] = {}
    for document in _documents(path, template):
        for key, value in document.items():
            adds_up = isinstance(value, list) and key in {"_exclude", "_skip_if_exists"}
            merged[key] = [*merged.get(key, []), *value] if adds_up else value
    return merged


def _documents(path: Path, template: Path) -> list[dict[str, Any]]:
    class Loader(yaml.SafeLoader):
        """A loader of its own, because constructors are kept on the class."""

    def include(loader: yaml.SafeLoader, node: yaml.Node) -> list[dict[str, Any]]:
        if not isinstance(node, yaml.ScalarNode):
            raise Refused(f"{path.name}: !include takes one path.")
        pattern = str(loader.construct_scalar(node))
        return [
            doc for each in sorted(template.glob(pattern)) for doc in _documents(each, template)
        ]

    Loader.add_constructor("!include", include)
    try:
        loaded = list(yaml.load_all(path.read_text(encoding="utf-8"), Loader=Loader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise Refused(f"The template's {path.name} is not YAML: correct it ({said}).") from None
    found = [one for doc in loaded for one in (doc if isinstance(doc, list) else [doc]) if one]
    if not all(isinstance(one, dict) and all(isinstance(k, str) for k in one) for one in found):
        raise Refused(f"The template's {path.name} holds no questions: write `name: ...` in each.")
    return found


def _question(name: str, raw: object) -> Question:
    spec = raw if isinstance(raw, dict) else {"default": raw}
    default = spec.get("default")
    kind = spec.get("type") or (type(default).__name__ if default is not None else "yaml")
    return Question(
        name=name,
        kind=str(kind),
        help=str(spec.get("help", "")),
        default=default,
        choices=_choices(spec.get("choices", ())),
        validator=str(spec.get("validator", "")),
    )


def _choices(raw: object) -> tuple[Answer, ...]:
    """Read Copier's three spellings: values, `[label, value]` pairs, and a mapping of labels."""
    if isinstance(raw, Mapping):
        raw = list(raw.items())
    if not isinstance(raw, (list, tuple)):
        return ()  # computed by Jinja: Copier itself has the last word
    values = [item[1] if isinstance(item, (list, tuple)) else item for item in raw]
    return tuple(value["value"] if isinstance(value, Mapping) else value for value in values)


def _is_hidden(raw: object) -> bool:
    return isinstance(raw, Mapping) and raw.get("when") is False


def _hint(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
