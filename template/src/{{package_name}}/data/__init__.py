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
    """The event time at which the test part begins, and what became of the rows that came in."""

    time: pd.Timestamp
    came: int  # rows beside those of the source
    learnt: int  # of them, in the training part
    judging: int  # the newest rows that hold evidence enough


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
        if cut.came:
            yield f"{cut.came:,} of them are labelled predictions, {cut.learnt:,} to train on."
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
    came = validated.good.index >= len(snapshot.frame) - snapshot.added
    parts, begins = split(validated.good, settings.test_share, came, least)
    prepared = _describe(snapshot, parts, begins)
    files = {
        f"{name}/{kind}.parquet": ingest.to_parquet(getattr(part, kind))
        for name, part in parts.items()
        for kind in ("inputs", "labels")
    }
    write_folder(settings.prepared / prepared.folder, files, mend=True)
    write_file(settings.prepared / FILE, prepared.model_dump_json(indent=2).encode())
    return Result(prepared, len(validated.quarantined), quarantine, begins)


def _check_share(rows: pd.DataFrame, total: int, settings: DataSettings, path: Path) -> None:
    share = len(rows) / total
    if share > settings.max_quarantined or len(rows) == total:
        reasons = rows["reason"].value_counts().head(3)
        raise StageError(
            f"{len(rows)} of {total} rows ({share:.1%}) break the contract (data.max_quarantined "
            f"allows {settings.max_quarantined:.1%}), most often because "
            f"{', '.join(map(str, reasons.index))}: correct those listed in {path}."
        )


def _describe(snapshot: ingest.Snapshot, parts: dict[str, Part], begins: Cut) -> Prepared:
    rows = {name: len(part.inputs) for name, part in parts.items()}
    return Prepared(
        fingerprint=snapshot.fingerprint,
        schema_hash=schema_hash(),
        folder=f"{snapshot.fingerprint[:12]}-{schema_hash()[:8]}-{rows['test']}",
        cut=begins.time.isoformat(),
        rows=rows,
    )


def split(
    examples: pd.DataFrame, test_share: float, came: np.ndarray | None = None, least: int = 1
) -> tuple[dict[str, Part], Cut]:
    """Return the parts `train` and `test`: no test example is older than a training one.

    The test part is the newest `test_share`. Rows that came in (`came`, (examples,)) are newer than
    the source, so most would be in it, and a model would be trained that saw none of them: of those
    it is at most the newer half, as long as that holds `least` positives (rows of a regression),
    without which the gates cannot tell two models apart. Rows of one moment stay together.
    """
    marked = np.zeros(len(examples), dtype=bool) if came is None else came
    keys = [schema.EVENT_TIME, schema.ENTITY]
    order = examples.reset_index(drop=True).sort_values(keys, kind="stable").index
    ordered = examples.iloc[order]
    begins = _cut(ordered, marked[order], test_share, least)
    times = ordered[schema.EVENT_TIME]
    rows = {"train": ordered[times < begins.time], "test": ordered[times >= begins.time]}
    validate.check_parts(rows["train"], rows["test"])
    return {name: _apart(part) for name, part in rows.items()}, begins


def _cut(ordered: pd.DataFrame, came: np.ndarray, test_share: float, least: int) -> Cut:
    times, places = ordered[schema.EVENT_TIME], np.flatnonzero(came)
    judging = _judging(ordered[label_column().name].to_numpy(), least)
    place = int(len(times) * (1 - test_share))
    if len(places):
        later = min(places[-(len(places) // 2)], len(times) - judging)
        if times.iloc[later] > times.iloc[places[0]]:  # or nothing is gained by a smaller test part
            place = max(place, later)
    learnt = np.sum(times.iloc[places] < times.iloc[place])
    return Cut(times.iloc[place], len(places), int(learnt), judging)


def _judging(labels: np.ndarray, least: int) -> int:
    """Return how many of the newest rows hold evidence enough; all, where even they do not."""
    if schema.TASK != "classification":
        return min(least, len(labels))
    positives = np.cumsum(labels[::-1].astype(bool))
    enough = (positives >= least) & (positives < np.arange(1, len(labels) + 1))  # both classes
    return int(np.argmax(enough)) + 1 if enough.any() else len(labels)


def _apart(rows: pd.DataFrame) -> Part:
    labels = rows[[label_column().name, schema.ENTITY, schema.EVENT_TIME]]
    return Part(conform(rows).reset_index(drop=True), labels.reset_index(drop=True))
