"""The answers that the harness tries: one function per family, all listed in FAMILIES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

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


def every(template: Path) -> list[Variant]:
    """Return all variants of the template in that folder, the default first."""
    questionnaire = Questionnaire.read(template)
    optional = capabilities(template, questionnaire)
    return [variant for family in FAMILIES.values() for variant in family(questionnaire, optional)]


def capabilities(template: Path, questionnaire: Questionnaire) -> tuple[str, ...]:
    """Return the capabilities, each of which is a question with a manifest of its name."""
    manifests = {path.stem for path in (template / "copier" / "capabilities").glob("*.yml")}
    return tuple(name for name in questionnaire.questions if name in manifests)


def chosen(template: Path, names: list[str]) -> list[Variant]:
    """Return the named variants in the order of the names; an unknown name is refused."""
    known = {variant.name: variant for variant in every(template)}
    for name in names:
        if name not in known:
            raise Refused(f"{name} is not a variant: known are {', '.join(known)}.")
    return [known[name] for name in names]


def distinct(template: Path, variants: list[Variant]) -> list[Variant]:
    """Drop each variant whose answers come to the same as those of an earlier one."""
    questionnaire = Questionnaire.read(template)
    kept: dict[str, Variant] = {}
    for variant in variants:
        answers = questionnaire.resolve(variant.answers)
        answers.pop("profile", None)  # a profile is nothing but the answers that it stands for
        kept.setdefault(repr(sorted(answers.items())), variant)
    return list(kept.values())
