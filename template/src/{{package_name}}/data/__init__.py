"""The data stage: snapshot, contract, quarantine, split; the result replaces the old one whole."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..config import DataSettings
from ..errors import StageError
from ..features import label_column, schema_hash
from ..features.frames import FILE, Prepared, check_schema, conform
from ..files import write_file, write_folder
from ..problem import schema
from . import ingest, validate


@dataclass(frozen=True)
class Result:
    """What the data stage made."""

    prepared: Prepared
    quarantined: int
    quarantine: Path


@dataclass(frozen=True)
class Part:
    """Inputs (n, Input columns) apart from labels (n, label + entity + event time)."""

    inputs: pd.DataFrame
    labels: pd.DataFrame


def prepare(settings: DataSettings, more: ingest.More | None = None) -> Result:
    """Run the data stage on what load() gives, and `more`: raw examples in the same columns.

    Raises StageError and leaves the last data set when it cannot.
    """
    check_schema()
    snapshot = ingest.ingest(settings, more)
    validated = validate.validate(snapshot.frame)
    quarantine = settings.prepared / f"quarantine-{snapshot.fingerprint[:12]}.parquet"
    if len(validated.quarantined):
        write_file(quarantine, ingest.to_parquet(validated.quarantined))
    _check_share(validated.quarantined, len(snapshot.frame), settings, quarantine)
    parts = split(validated.good, settings.test_share)
    prepared = _describe(snapshot, parts, settings)
    files = {
        f"{name}/{kind}.parquet": ingest.to_parquet(getattr(part, kind))
        for name, part in parts.items()
        for kind in ("inputs", "labels")
    }
    write_folder(settings.prepared / prepared.folder, files, mend=True)
    write_file(settings.prepared / FILE, prepared.model_dump_json(indent=2).encode())
    return Result(prepared, len(validated.quarantined), quarantine)


def _check_share(rows: pd.DataFrame, total: int, settings: DataSettings, path: Path) -> None:
    share = len(rows) / total
    if share > settings.max_quarantined or len(rows) == total:
        reasons = rows["reason"].value_counts().head(3)
        raise StageError(
            f"{len(rows)} of {total} rows ({share:.1%}) break the contract, and "
            f"data.max_quarantined allows {settings.max_quarantined:.1%}: most often "
            f"{', '.join(map(str, reasons.index))}; see {path}."
        )


def _describe(
    snapshot: ingest.Snapshot, parts: dict[str, Part], settings: DataSettings
) -> Prepared:
    cut = parts["test"].labels[schema.EVENT_TIME].min()
    version = f"{snapshot.fingerprint[:12]}-{schema_hash()[:8]}-{round(settings.test_share * 1000)}"
    return Prepared(
        fingerprint=snapshot.fingerprint,
        schema_hash=schema_hash(),
        folder=version,
        cut=cut.isoformat(),
        rows={name: len(part.inputs) for name, part in parts.items()},
    )


def split(examples: pd.DataFrame, test_share: float) -> dict[str, Part]:
    """Return the parts `train` and `test`: no test example is older than a training one."""
    ordered = examples.sort_values([schema.EVENT_TIME, schema.ENTITY], kind="stable")
    times = ordered[schema.EVENT_TIME]
    cut = times.iloc[int(len(ordered) * (1 - test_share))]
    rows = {"train": ordered[times < cut], "test": ordered[times >= cut]}
    for name, part in rows.items():
        _check_part(name, part)
    _check_entities(rows["train"], rows["test"])
    return {name: _apart(part) for name, part in rows.items()}


def _apart(rows: pd.DataFrame) -> Part:
    labels = rows[[label_column().name, schema.ENTITY, schema.EVENT_TIME]]
    return Part(conform(rows).reset_index(drop=True), labels.reset_index(drop=True))


def _check_part(name: str, rows: pd.DataFrame) -> None:
    if rows.empty:
        raise StageError(
            f"The {name} part is empty: {schema.EVENT_TIME} needs more than one value, "
            "or change data.test_share in config/."
        )
    if schema.TASK == "classification" and rows[label_column().name].nunique() < 2:
        raise StageError(
            f"The {name} part has one class only: bring examples of both, "
            "or change data.test_share in config/."
        )


def _check_entities(train: pd.DataFrame, test: pd.DataFrame) -> None:
    shared = sorted(set(train[schema.ENTITY]) & set(test[schema.ENTITY]))
    if shared:
        raise StageError(
            f"{len(shared)} values of {schema.ENTITY} are in both training and test "
            f"({', '.join(map(str, shared[:3]))}): give each example its own, "
            "or the test would praise what the model has seen."
        )
