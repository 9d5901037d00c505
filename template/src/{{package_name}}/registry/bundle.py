"""A Bundle: the fitted Pipeline with its contract, as a folder that proves it is whole."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import skops.io as sio
from pydantic import ValidationError
from sklearn.pipeline import Pipeline

from ..errors import OtherSchemaError, StageError
from ..features import Row, schema_hash, to_frame
from ..files import write_folder
from ..problem import model, schema
from . import CONTRACT, Contract

MODEL, REPLAY, REFERENCE = "model.skops", "replay.json", "reference.json"
# Plain data of numpy and of a TargetEncoder, beside what the owner has reviewed.
MEND = "put it back as it was, train again, roll back, or retire the champion if it is this one"
TRUSTED_TYPES = ("numpy.dtype", "sklearn.model_selection._split.KFold", *model.TRUSTED_TYPES)


@dataclass(frozen=True)
class Bundle:
    """A verified Bundle, ready to answer."""

    path: Path
    digest: str
    contract: Contract
    pipeline: Pipeline

    def score(self, frame: pd.DataFrame) -> np.ndarray:
        """Return (n,) float64: the probability of the positive class, or the value."""
        return score(self.pipeline, frame)

    @cached_property
    def replay(self) -> dict[str, list[Any]]:
        """Return the rows kept from training beside the scores they got offline."""
        content: dict[str, list[Any]] = json.loads((self.path / REPLAY).read_bytes())
        return content

    def replay_error(self) -> float:
        """Return the largest difference between the scores now and those of training."""
        now = self.score(to_frame(self.replay["rows"]))
        return float(np.max(np.abs(now - np.asarray(self.replay["scores"]))))


def score(pipeline: Pipeline, frame: pd.DataFrame) -> np.ndarray:
    """Return (n,) float64 scores of a typed Input frame."""
    if schema.TASK == "classification":
        return np.asarray(pipeline.predict_proba(frame), dtype=np.float64)[:, 1]
    return np.asarray(pipeline.predict(frame), dtype=np.float64)


def write(
    folder: Path,
    contract: Contract,
    pipeline: Pipeline,
    replay: list[dict[str, object]],
    reference: list[dict[str, object]],
) -> Bundle:
    """Write a Bundle under its digest, all or nothing: a full disk leaves the old ones alone."""
    rows: list[Row] = [*replay]
    scores = score(pipeline, to_frame(rows))
    if not np.isfinite(scores).all():
        raise StageError(
            "The model answers NaN or infinity to rows it was trained on: "
            "mend problem/features.py or problem/model.py."
        )
    files = {
        MODEL: sio.dumps(pipeline),
        REPLAY: _json({"rows": replay, "scores": scores.tolist()}),
        REFERENCE: _json(reference),
    }
    hashes = {name: _sha256(content) for name, content in files.items()}
    sealed = contract.model_copy(update={"files": hashes})
    files[CONTRACT] = sealed.model_dump_json(indent=2).encode()
    target = folder / _sha256(files[CONTRACT])[:12]
    write_folder(target, files)
    return read(target)


def read(path: Path) -> Bundle:
    """Return the Bundle at `path`; raises StageError unless every byte and type is expected."""
    contract, digest = read_contract(path)
    blob = (path / MODEL).read_bytes()
    with _libraries(path):
        unknown = set(sio.get_untrusted_types(data=blob)) - set(TRUSTED_TYPES)
    if unknown:
        raise StageError(
            f"{path} holds types that are not allowed ({', '.join(sorted(unknown))}): "
            "add them to TRUSTED_TYPES in problem/model.py after reviewing them."
        )
    with _libraries(path):
        return Bundle(path, digest, contract, sio.loads(blob, trusted=list(TRUSTED_TYPES)))


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
    names = sorted({*found, *contract.files})
    broken = [name for name in names if found.get(name) != contract.files.get(name)]
    if broken:
        raise StageError(f"{', '.join(broken)} in {path} is not what training wrote: {MEND}.")
    if contract.schema_hash != schema_hash():
        raise OtherSchemaError(f"{path} was trained for another problem/schema.py: train again.")
    return contract, digest


@contextmanager
def _libraries(path: Path) -> Iterator[None]:
    """Say it in one sentence when other libraries than those of training cannot read a model."""
    try:
        yield
    except Exception as error:  # whatever a class raises that has changed since
        raise StageError(
            f"{path} cannot be read by the libraries that are installed "
            f"({type(error).__name__}: {error}): install the locked ones, or train again."
        ) from error


def _files(path: Path) -> list[Path]:
    """Return the Bundle's files; what a desktop leaves in a folder it has shown is none of them."""
    return [file for file in path.iterdir() if not file.name.startswith(".")]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _json(content: object) -> bytes:
    return json.dumps(content, allow_nan=False).encode()
