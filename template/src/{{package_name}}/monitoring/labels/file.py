"""Labels from a file: good rows are taken, and each of the others is named with its reason."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...config import Settings
from ...errors import StageError
from ...files import write_file
from .. import MonitoringSettings
from ..store import Store
from . import BATCH, Row, observed, write
from .form import reason

Numbered = tuple[int, dict[str, Any]]  # which row of the file it is, from 1 on
Refused = tuple[int, str]  # which one, and why
NEEDED = {"prediction_id", "label", "observed_at"}
KNOWN = NEEDED | {"source"}


def take(_: Settings, options: MonitoringSettings, path: Path) -> str:
    """Write the labels of a file; return what was done, or raise StageError when rows are bad."""
    store = Store(options.log_url)
    rows, refused, taken, new = _rows(path), list[Refused](), 0, 0
    while batch := list(islice(rows, BATCH)):
        good, bad = _parse(batch)
        with store.said(), store.open(durable=True) as session:
            added, faults = write(session, [row for _, row in good])
        bad += [(good[place][0], f"it {why}") for place, why in faults.items()]
        refused += sorted(bad)
        taken, new = taken + len(batch) - len(bad), new + added
    done = f"Labels of {path} in the log: {taken}, of which new: {new}."
    if refused:
        raise StageError(f"{done} Refused: {len(refused)}, see {_list(path, refused)}.")
    return done


def _parse(batch: list[Numbered]) -> tuple[list[tuple[int, Row]], list[Refused]]:
    good, bad, now = list[tuple[int, Row]](), list[Refused](), datetime.now(UTC)
    for number, found in batch:
        try:
            label = observed().model_validate(
                {k: v for k, v in found.items() if v not in ("", None)}
            )
            good.append((number, label.row(now)))
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
            bad.append((number, " ".join(f"{one['loc'][0]}: {reason(one)}" for one in faults)))
    return good, bad


def _rows(path: Path) -> Iterator[Numbered]:
    read = _csv if path.suffix.lower() == ".csv" else _parquet
    try:
        yield from zip(count(1), read(path), strict=False)
    except FileNotFoundError as error:
        raise StageError(f"{path} is missing: name an existing Parquet or CSV file.") from error
    except (OSError, ValueError, csv.Error) as error:
        raise StageError(
            f"{path} cannot be read ({error}): bring a Parquet or CSV file."
        ) from error


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="too many cells")
        _check(path, list(reader.fieldnames or []))
        yield from reader


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    from pyarrow.parquet import ParquetFile  # which a service has no use for

    with ParquetFile(path) as file:
        _check(path, file.schema_arrow.names)
        for batch in file.iter_batches(BATCH):
            yield from batch.to_pylist()


def _check(path: Path, names: list[str]) -> None:
    missing, extra = sorted(NEEDED - {*names}), sorted({*names} - KNOWN)
    if missing or extra:
        fault = f"lacks {', '.join(missing)}" if missing else f"has also {', '.join(extra)}"
        raise StageError(
            f"{path} {fault}: its columns are prediction_id, label, observed_at and maybe source."
        )


def _list(path: Path, refused: list[Refused]) -> Path:
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerows([("row", "reason"), *refused])
    listed = path.with_name(f"{path.stem}-refused.csv")
    write_file(listed, text.getvalue().encode())
    return listed
