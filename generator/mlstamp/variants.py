"""The answers that the harness tries: one function per family, all listed in FAMILIES."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import pairs
from .answers import Answers, Questionnaire
from .errors import Refused

PROFILES = ("minimal", "recommended", "everything")
# Many words, late in the alphabet: it moves line breaks and import orders.
LONG_NAME = "Zoo visits-of_the coming week"


@dataclass(frozen=True)
class Variant:
    """A name for a set of answers; what is not answered takes its default."""

    name: str
    answers: Answers = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Return the form that `variants --json` prints."""
        return asdict(self)


Family = Callable[[Questionnaire, tuple[str, ...]], Iterator[Variant]]


def default(_: Questionnaire, __: tuple[str, ...]) -> Iterator[Variant]:
    """What somebody gets who answers nothing."""
    yield Variant("default")


def profiles(_: Questionnaire, __: tuple[str, ...]) -> Iterator[Variant]:
    """Each ready-made bundle of answers, the largest under a name that is not the usual one."""
    for profile in PROFILES:
        name = {"project_name": LONG_NAME} if profile == "everything" else {}
        yield Variant(profile, {"profile": profile, **name})


def alone(questionnaire: Questionnaire, capabilities: tuple[str, ...]) -> Iterator[Variant]:
    """Each value of each capability on top of the minimal profile, with unit tests to try it."""
    minimal = questionnaire.resolve({"profile": "minimal"})
    tested = {"unit_tests": True} if "unit_tests" in capabilities else {}
    for name in capabilities:
        question = questionnaire.questions[name]
        values = question.choices or ((True, False) if question.kind == "bool" else ())
        for value in values:
            if value != minimal[name]:
                label = name if value is True else f"{name}-{value}"
                yield Variant(label, {"profile": "minimal", **tested, name: value})


def runtimes(questionnaire: Questionnaire, capabilities: tuple[str, ...]) -> Iterator[Variant]:
    """Each model and each sample, answered by ONNX Runtime."""
    for name in ("model", "problem") if "onnx" in capabilities else ():
        question = questionnaire.questions[name]
        for value in question.choices:
            if value != question.default:
                yield Variant(f"onnx-{value}", {"profile": "minimal", "onnx": True, name: value})


FAMILIES: dict[str, Family] = {
    "default": default,
    "profiles": profiles,
    "alone": alone,
    "runtimes": runtimes,
}


def every(template: Path, strength: int = 2) -> list[Variant]:
    """Return all variants of the template in that folder, the default first.

    Every `strength` answers that may stand together do so in one of them at least.
    """
    questionnaire = Questionnaire.read(template)
    optional = capabilities(template, questionnaire)
    found = [variant for family in FAMILIES.values() for variant in family(questionnaire, optional)]
    tried = [answers_of(questionnaire, variant) for variant in found]
    together = combined(template, questionnaire, optional, strength)
    return found + [one for one in together if answers_of(questionnaire, one) not in tried]


def combined(
    template: Path, questionnaire: Questionnaire, names: tuple[str, ...], strength: int
) -> Iterator[Variant]:
    """Answers of every capability: the rows kept with the template; a higher strength adds some."""
    rows = pairs.kept(template, names)
    if rows and strength > 2:
        rows = pairs.extend(pairs.Rules(questionnaire, names), rows, strength)
    for number, row in enumerate(rows, 1):
        yield Variant(f"pairs-{number:02}", {"profile": "custom", **row})


def answers_of(questionnaire: Questionnaire, variant: Variant) -> Answers:
    """Return every answer, but for the profile: it is nothing but the answers it stands for."""
    return {
        name: answer
        for name, answer in questionnaire.resolve(variant.answers).items()
        if name != "profile"
    }


def capabilities(template: Path, questionnaire: Questionnaire) -> tuple[str, ...]:
    """Return the capabilities, each of which is a question with a manifest of its name."""
    manifests = {path.stem for path in (template / "copier" / "capabilities").glob("*.yml")}
    return tuple(name for name in questionnaire.questions if name in manifests)


def chosen(template: Path, patterns: list[str], strength: int = 2) -> list[Variant]:
    """Return the variants of these names, in their order; one that fits none is refused.

    A name may be a pattern (`pairs-*`); with a ! before it, it takes away what was chosen so far.
    """
    known = {variant.name: variant for variant in every(template, strength)}
    found: dict[str, Variant] = {}
    for pattern in patterns:
        fitting = fnmatch.filter(known, pattern.removeprefix("!"))
        if not fitting:
            raise Refused(f"{pattern} is not a variant: known are {', '.join(known)}.")
        for name in fitting:
            if pattern.startswith("!"):
                found.pop(name, None)
            else:
                found[name] = known[name]
    if not found:
        raise Refused(
            f"{' '.join(patterns)} leaves no variant: name some before what you take away, "
            "or add --all."
        )
    return list(found.values())


def distinct(template: Path, variants: list[Variant]) -> list[Variant]:
    """Drop each variant whose answers come to the same as those of an earlier one."""
    questionnaire = Questionnaire.read(template)
    kept: dict[str, Variant] = {}
    for variant in variants:
        kept.setdefault(repr(sorted(answers_of(questionnaire, variant).items())), variant)
    return list(kept.values())
