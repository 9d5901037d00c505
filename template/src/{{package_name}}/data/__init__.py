"""The data stage: snapshot, contract, quarantine, split; the result replaces the old one whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..config import DataSettings
from ..errors import StageError
from ..features import label_column, schema_hash
from ..features.frames import FILE, Prepared, check_schema, conform
from ..files import write_file, write_folder
from ..problem import schema
from . import ingest, validate


@dataclass(frozen=True)
class Cut:
    """Where the test part begins, and how many of the added rows each part got."""

    time: pd.Timestamp  # event time of the first test row
    added: int  # rows beside those of the source
    added_to_train: int  # of them, in the training part
    min_test_rows: int  # the smallest test part that the gates can judge by


@dataclass(frozen=True)
class Result:
    """What the data stage made."""

    prepared: Prepared
    quarantined: int
    quarantine: Path
    cut: Cut

    def told(self) -> Iterator[str]:
        """Yield the lines that a person reads."""
        rows, since, cut = self.prepared.rows, self.prepared.cut, self.cut
        yield f"{rows['train']:,} rows to train on; {rows['test']:,} to test on, from {since} on."
        if cut.added:
            added, fitted = cut.added, cut.added_to_train
            yield f"{added:,} of them are labelled predictions, {fitted:,} to train on."
        if self.quarantined:
            yield f"{self.quarantined:,} rows break the contract: see {self.quarantine}."


@dataclass(frozen=True)
class Part:
    """Inputs (n, Input columns) apart from labels (n, label + entity + event time)."""

    inputs: pd.DataFrame
    labels: pd.DataFrame


def prepare(settings: DataSettings, more: ingest.More | None = None, least: int = 1) -> Result:
    """Run the data stage on what load() gives, and `more`: raw examples in the same columns.

    Where there is more, the test part keeps `least` positives, or rows of a regression: see split.
    Raises StageError and leaves the last data set when it cannot.
    """
    check_schema()
    snapshot = ingest.ingest(settings, more)
    validated = validate.validate(snapshot.frame)
    quarantine = settings.prepared / f"quarantine-{snapshot.fingerprint[:12]}.parquet"
    if len(validated.quarantined):
        write_file(quarantine, ingest.to_parquet(validated.quarantined))
    _check_share(validated.quarantined, len(snapshot.frame), settings, quarantine)
    added = validated.good.index >= len(snapshot.frame) - snapshot.added
    parts, cut = split(validated.good, settings.test_share, added, least)
    prepared = _describe(snapshot, parts, cut)
    files = {
        f"{name}/{kind}.parquet": ingest.to_parquet(getattr(part, kind))
        for name, part in parts.items()
        for kind in ("inputs", "labels")
    }
    write_folder(settings.prepared / prepared.folder, files, mend=True)
    write_file(settings.prepared / FILE, prepared.model_dump_json(indent=2).encode())
    return Result(prepared, len(validated.quarantined), quarantine, cut)


def _check_share(rows: pd.DataFrame, total: int, settings: DataSettings, path: Path) -> None:
    share = len(rows) / total
    if share > settings.max_quarantined or len(rows) == total:
        reasons = rows["reason"].value_counts().head(3)
        raise StageError(
            f"{len(rows)} of {total} rows ({share:.1%}) break the contract (data.max_quarantined "
            f"allows {settings.max_quarantined:.1%}), most often because "
            f"{', '.join(map(str, reasons.index))}: correct those listed in {path}."
        )


def _describe(snapshot: ingest.Snapshot, parts: dict[str, Part], cut: Cut) -> Prepared:
    rows = {name: len(part.inputs) for name, part in parts.items()}
    return Prepared(
        fingerprint=snapshot.fingerprint,
        schema_hash=schema_hash(),
        folder=f"{snapshot.fingerprint[:12]}-{schema_hash()[:8]}-{rows['test']}",
        cut=cut.time.isoformat(),
        rows=rows,
    )


def split(
    examples: pd.DataFrame, test_share: float, added: np.ndarray | None = None, least: int = 1
) -> tuple[dict[str, Part], Cut]:
    """Return the parts `train` and `test`: no test example is older than a training one.

    The test part is the newest `test_share`. Rows beside the source (`added`, (examples,)) are
    newer, so most would be in it, and a model would be trained that saw none of them: of those it
    is at most the newer half, as long as that holds `least` positives (rows of a regression),
    without which the gates cannot tell two models apart. Rows of one moment stay together.
    """
    marked = np.zeros(len(examples), dtype=bool) if added is None else added
    keys = [schema.EVENT_TIME, schema.ENTITY]
    order = examples.reset_index(drop=True).sort_values(keys, kind="stable").index
    ordered = examples.iloc[order]
    cut = _cut(ordered, marked[order], test_share, least)
    times = ordered[schema.EVENT_TIME]
    rows = {"train": ordered[times < cut.time], "test": ordered[times >= cut.time]}
    validate.check_parts(rows["train"], rows["test"])
    return {name: _apart(part) for name, part in rows.items()}, cut


def _cut(ordered: pd.DataFrame, added: np.ndarray, test_share: float, least: int) -> Cut:
    times, places = ordered[schema.EVENT_TIME], np.flatnonzero(added)
    min_test_rows = _min_test_rows(ordered[label_column().name].to_numpy(), least)
    place = int(len(times) * (1 - test_share))
    if len(places):
        later = min(places[-(len(places) // 2)], len(times) - min_test_rows)
        if times.iloc[later] > times.iloc[places[0]]:  # or nothing is gained by a smaller test part
            place = max(place, later)
    trained_on = np.sum(times.iloc[places] < times.iloc[place])
    return Cut(times.iloc[place], len(places), int(trained_on), min_test_rows)


def _min_test_rows(labels: np.ndarray, least: int) -> int:
    """Return how many of the newest rows are evidence enough; all, where even they are not."""
    if schema.TASK != "classification":
        return min(least, len(labels))
    positives = np.cumsum(labels[::-1].astype(bool))
    enough = (positives >= least) & (positives < np.arange(1, len(labels) + 1))  # both classes
    return int(np.argmax(enough)) + 1 if enough.any() else len(labels)


def _apart(rows: pd.DataFrame) -> Part:
    labels = rows[[label_column().name, schema.ENTITY, schema.EVENT_TIME]]
    return Part(conform(rows).reset_index(drop=True), labels.reset_index(drop=True))
