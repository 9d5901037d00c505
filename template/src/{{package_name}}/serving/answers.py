"""The answers to the rows of a request, column by column: one by one, many rows take long."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

from pydantic import BaseModel, ValidationError

from ..features import Columns, Rows, to_columns
from ..problem import schema
from .ports import ProblemError, Row, Served

DIGITS = 16  # of chance in an id, hexadecimal
FEW = 100  # rows, up to which it is quicker to look at them one by one
_variant = dict(zip("0123456789abcdef", "89ab" * 4, strict=True)).__getitem__
_quoted = lru_cache(json.dumps)  # a version, as JSON
to_json = schema.Output.__pydantic_serializer__.to_json


class Prediction(BaseModel):
    """The answer to one row, under an id that no other answer has."""

    id: str
    output: schema.Output
    score: float


class PredictResponse(BaseModel):
    """One prediction per row, and the version of the model that made them."""

    model_version: str
    predictions: list[Prediction]


@dataclass(frozen=True)
class Answers:
    """What was answered, in the order of the rows."""

    ids: list[str]  # UUIDv7
    scores: list[float]
    outputs: list[str]  # each Output as JSON

    def response(self, version: str) -> bytes:
        """Return a PredictResponse as JSON."""
        each = [
            f'{{"id":"{one}","output":{output},"score":{score!r}}}'
            for one, output, score in zip(self.ids, self.outputs, self.scores, strict=True)
        ]
        return f'{{"model_version":{_quoted(version)},"predictions":[{",".join(each)}]}}'.encode()


def make_answers(scores: Sequence[float], threshold: float) -> Answers:
    """Return the answers that stand for scores; raises ProblemError when Output cannot hold one."""
    decide = schema.Output.from_score
    try:
        outputs = [to_json(decide(score, threshold)).decode() for score in scores]
    except ValidationError as error:
        detail = "A score does not fit Output in problem/schema.py: widen its range there."
        raise ProblemError(500, detail, "output") from error
    return Answers(new_ids(len(outputs)), [*scores], outputs)


def score(served: Served, rows: list[Row]) -> list[float]:
    """Return a finite score for each row; raises ProblemError when there is none."""
    try:
        given: Columns = Rows(rows) if len(rows) <= FEW else to_columns(rows)
        scores: list[float] = served.bundle.score(given).tolist()
    except (OverflowError, UnicodeEncodeError) as error:
        detail = "A value is a huge integer or broken Unicode: correct it and send it again."
        raise ProblemError(422, detail, "invalid") from error
    if wrong := sum(not isfinite(score) for score in scores):
        detail = f"There is no finite score for {wrong} of {len(rows)} rows: tell the owner."
        raise ProblemError(500, detail, "nonfinite", {("score", "finite_number"): wrong})
    return scores


def new_ids(count: int) -> list[str]:
    """Return so many UUIDv7 in order, as RFC 9562 has them: to a quarter of a microsecond."""
    now, rest = divmod(time.time_ns(), 1_000_000)
    head = f"{now >> 16:08x}-{now & 0xFFFF:04x}-7{(rest << 12) // 1_000_000:03x}"
    made = os.urandom(DIGITS // 2 * count).hex()
    cuts = [made[at : at + DIGITS] for at in range(0, DIGITS * count, DIGITS)]
    return sorted(f"{head}-{_variant(cut[0])}{cut[1:4]}-{cut[4:]}" for cut in cuts)
