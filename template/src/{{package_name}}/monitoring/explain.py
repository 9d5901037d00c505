"""Why a prediction came out as it did: the logged row, replayed on the very model that answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import StageError
from ..features import Rows
from ..registry.bundle import Bundle, read

MODEL_FACTS = ("name", "task", "threshold", "created_at", "git_sha", "data_fingerprint")


@dataclass(frozen=True)
class Contribution:
    """What one column did: how much lower the score is with a typical value in its place."""

    column: str
    value: object
    typical: object  # median or most frequent value of the reference sample
    change: float  # score of the row minus its score with the typical value

    def line(self) -> str:
        """Return it as a line of the table."""
        value, typical = (_short(item) for item in (self.value, self.typical))
        return f"{self.column:<24}{value:>16}{typical:>16}{self.change:>+18.6g}"


@dataclass(frozen=True)
class Explanation:
    """One logged prediction and its replay."""

    id: str
    occurred_at: str  # UTC, ISO 8601
    input: dict[str, Any]
    output: dict[str, Any]
    logged_score: float
    replayed_score: float
    equal: bool  # bit for bit
    model: dict[str, Any]
    contributions: list[Contribution]  # the strongest first

    def text(self) -> str:
        """Return it for a person to read."""
        verdict = "equal, bit for bit" if self.equal else "NOT EQUAL"
        model = "{name} version {version} ({digest:.12})".format(**self.model)
        lines = [
            f"Prediction {self.id} of {self.occurred_at} by {model}",
            f"Answer: {json.dumps(self.output)}",
            f"Score: logged {self.logged_score!r}, replayed {self.replayed_score!r}: {verdict}.",
            "",
            f"{'column':<24}{'value':>16}{'typical':>16}{'change of score':>18}",
            *(part.line() for part in self.contributions),
        ]
        return "\n".join([*lines, ""])


def explain(record: Mapping[str, Any], bundles: Path) -> Explanation:
    """Replay a logged prediction; raises StageError when its Bundle is gone or changed."""
    bundle = _bundle(record, bundles)
    row = record["input"]
    # Matrix products round by the number of rows: only the whole request repeats bit for bit.
    replayed = float(bundle.score(Rows(record["request"]))[record["place"]])
    return Explanation(
        id=record["id"],
        occurred_at=record["occurred_at"].isoformat(),
        input=row,
        output=record["output"],
        logged_score=record["score"],
        replayed_score=replayed,
        equal=replayed == record["score"],
        model=_facts(record, bundle),
        contributions=_contributions(bundle, row, replayed),
    )


def _bundle(record: Mapping[str, Any], bundles: Path) -> Bundle:
    digest = record["model_digest"]
    bundle = read(bundles / digest[:12])
    if bundle.digest != digest:
        raise StageError(f"{bundle.path} is not the Bundle that answered: bring back {digest}.")
    return bundle


def _facts(record: Mapping[str, Any], bundle: Bundle) -> dict[str, Any]:
    served = {"version": record["model_version"], "digest": bundle.digest, "role": record["role"]}
    return served | bundle.contract.model_dump(include=set(MODEL_FACTS))


def _contributions(bundle: Bundle, row: dict[str, Any], score: float) -> list[Contribution]:
    usual = bundle.typical
    columns = list(usual)
    changed = bundle.score(Rows([{**row, name: usual[name]} for name in columns]))
    found = [
        Contribution(name, row.get(name), usual[name], score - float(other))
        for name, other in zip(columns, changed, strict=True)
    ]
    return sorted(found, key=lambda item: -abs(item.change))


def _short(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) < 16 else f"{text[:12]}..."
