"""The data stage: snapshot, contract, quarantine, split; the result replaces the old one whole."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..config import DataSettings
from ..errors import StageError
from ..features import check_schema, schema_hash
from ..features.prepared import FILE, Prepared
from ..files import write_file, write_folder
from ..problem import schema
from . import ingest, split, validate


@dataclass(frozen=True)
class Result:
    """What the data stage made."""

    prepared: Prepared
    quarantined: int
    quarantine: Path


def prepare(settings: DataSettings) -> Result:
    """Run the data stage; raises StageError and leaves the last data set when it cannot."""
    check_schema()
    snapshot = ingest.ingest(settings)
    validated = validate.validate(snapshot.frame)
    quarantine = settings.prepared / f"quarantine-{snapshot.fingerprint[:12]}.parquet"
    if len(validated.quarantined):
        write_file(quarantine, ingest.to_parquet(validated.quarantined))
    _check_share(validated.quarantined, len(snapshot.frame), settings, quarantine)
    parts = split.split(validated.good, settings.test_share)
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
    snapshot: ingest.Snapshot, parts: dict[str, split.Part], settings: DataSettings
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
