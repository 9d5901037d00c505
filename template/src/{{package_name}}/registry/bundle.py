"""A Bundle: the fitted model with its contract, as a folder that proves it is whole."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from statistics import median_low
from typing import Any, Protocol

import numpy as np
from pydantic import ValidationError

from ..errors import OtherSchemaError, StageError
from ..features import Column, Columns, Row, input_columns, schema_hash, to_columns
from ..files import write_folder
from . import CONTRACT, Contract

REPLAY, REFERENCE = "replay.json", "reference.json"
LEFT = (".", "desktop.ini", "thumbs.db")
MEND = "put it back as it was, train again, roll back, or retire the champion if it is this one"


class Scorer(Protocol):
    """Columns of n rows to (n,) float64: the probability of the positive class, or the value."""

    def __call__(self, columns: Columns, /) -> np.ndarray:
        """Return the scores."""


@dataclass(frozen=True)
class Model:
    """A fitted model, sealed for the runtime that will answer with it."""

    runtime: str
    files: Mapping[str, bytes]
    scorer: Scorer
    reason: str = ""  # why no faster runtime answers
    libraries: Mapping[str, str] = field(default_factory=dict)  # with versions; of the runtime


@dataclass(frozen=True)
class Bundle:
    """A verified Bundle, ready to answer."""

    path: Path
    digest: str
    contract: Contract
    scorer: Scorer

    def score(self, columns: Columns) -> np.ndarray:
        """Return (n,) float64: the probability of the positive class, or the value."""
        return self.scorer(columns)

    @cached_property
    def replay(self) -> dict[str, list[Any]]:
        """Return the rows kept from training beside the scores they got offline."""
        return dict(json.loads((self.path / REPLAY).read_bytes()))

    @cached_property
    def reference(self) -> list[Row]:
        """Return a sample of the rows that it was trained on."""
        return list(json.loads((self.path / REFERENCE).read_bytes()))

    @cached_property
    def typical(self) -> dict[str, Any]:
        """Return a row that nobody sent: each column's median, or its most frequent value."""
        return {column.name: typical(column, self.reference) for column in input_columns()}

    def replay_error(self) -> float:
        """Return the largest difference between the scores now and those of training."""
        now = self.score(to_columns(self.replay["rows"]))
        return float(np.max(np.abs(now - np.asarray(self.replay["scores"]))))


def write(
    folder: Path, contract: Contract, model: Model, replay: Sequence[Row], reference: Sequence[Row]
) -> Bundle:
    """Write a Bundle under its digest, all or nothing: a full disk leaves the old ones alone."""
    scores = model.scorer(to_columns(replay))
    if not np.isfinite(scores).all():
        raise StageError(
            "The model answers NaN or infinity to rows it was trained on: "
            "mend problem/features.py or problem/model.py."
        )
    files = {
        **model.files,
        REPLAY: _json({"rows": replay, "scores": scores.tolist()}),
        REFERENCE: _json(reference),
    }
    facts = {"files": {name: _sha256(it) for name, it in files.items()}, "runtime": model.runtime}
    facts |= {"runtime_reason": model.reason, "libraries": contract.libraries | {**model.libraries}}
    files[CONTRACT] = contract.model_copy(update=facts).model_dump_json(indent=2).encode()
    target = folder / _sha256(files[CONTRACT])[:12]
    write_folder(target, files)
    return read(target)


def read(path: Path) -> Bundle:
    """Return the Bundle at `path`; raises StageError unless every byte and type is expected."""
    contract, digest = read_contract(path)
    try:
        runtime = import_module(f".{contract.runtime}_runtime", __package__)
    except ImportError as error:
        raise StageError(
            f"{path} needs the runtime {contract.runtime} ({error}): install it, or train again."
        ) from error
    return Bundle(path, digest, contract, runtime.load(path))


def typical(column: Column, sample: Sequence[Row]) -> object:
    """Return the median or the most frequent value of the sample; None where all are missing."""
    values: list[Any] = [row[column.name] for row in sample if row[column.name] is not None]
    if column.kind in (int, float) and values:
        return median_low(values)  # a value that occurs, so an integer stays one
    return Counter(values).most_common(1)[0][0] if values else None


def read_contract(path: Path) -> tuple[Contract, str]:
    """Return the contract and the Bundle's digest; raises StageError on any changed byte."""
    try:
        blob = (path / CONTRACT).read_bytes()
        contract = Contract.model_validate_json(blob)
        found = {file.name: _sha256(file.read_bytes()) for file in _files(path)}
    except (OSError, ValidationError) as error:
        raise StageError(f"{path} is not a whole Bundle: {MEND}.") from error
    digest = found.pop(CONTRACT)
    if path.resolve().name != digest[:12]:
        found[CONTRACT] = digest
    if broken := sorted({name for name, _ in {*found.items()} ^ {*contract.files.items()}}):
        raise StageError(f"{', '.join(broken)} in {path} is not what training wrote: {MEND}.")
    if contract.schema_hash != schema_hash():
        raise OtherSchemaError(f"{path} was trained for another problem/schema.py: train again.")
    return contract, digest


def _files(path: Path) -> list[Path]:
    """Return the Bundle's files; what a desktop leaves in a folder it has shown is none of them."""
    return [file for file in path.iterdir() if not file.name.lower().startswith(LEFT)]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _json(content: object) -> bytes:
    return json.dumps(content, allow_nan=False).encode()
