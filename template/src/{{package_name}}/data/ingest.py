"""Take a snapshot of the raw examples: immutable, fingerprinted, with its source."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa

from ..config import DataSettings
from ..errors import StageError, masked
from ..features import input_names, label_column
from ..files import write_folder
from ..problem import data, schema

More = Callable[[], pd.DataFrame]


@dataclass(frozen=True)
class Snapshot:
    """Raw examples as they were loaded, and the SHA-256 of the file that keeps them."""

    frame: pd.DataFrame
    fingerprint: str
    added: int  # of the rows, the last: not of the source


def ingest(settings: DataSettings, more: More | None = None) -> Snapshot:
    """Load, check the columns, and keep a snapshot under its fingerprint; `more` adds rows."""
    frame = _load(settings)
    _check_columns(frame)
    added = more() if more else frame.iloc[:0]
    frame = _append(frame, added) if len(added) else frame
    content = to_parquet(frame)
    fingerprint = hashlib.sha256(content).hexdigest()
    manifest = {
        "files": {"examples.parquet": fingerprint},
        "rows": len(frame),
        "rows_added": len(added),  # to those of the source: labelled predictions
        "columns": {str(name): str(dtype) for name, dtype in frame.dtypes.items()},
        "source": masked(settings.source),
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    files = {"examples.parquet": content, "manifest.json": json.dumps(manifest, indent=2).encode()}
    write_folder(settings.raw / fingerprint[:12], files)
    return Snapshot(frame, fingerprint, len(added))


def to_parquet(frame: pd.DataFrame) -> bytes:
    """Return the frame as a zstd Parquet file's bytes; columns of mixed types as text."""
    buffer = io.BytesIO()
    try:
        frame.to_parquet(buffer, index=False, compression="zstd")
    except pa.ArrowException:
        # Only a broken column mixes types: keep what was there, for a person to look at.
        mixed = dict.fromkeys(frame.select_dtypes("object").columns, "str")
        buffer = io.BytesIO()
        frame.astype(mixed).to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def _load(settings: DataSettings) -> pd.DataFrame:
    source = masked(settings.source)
    try:
        frame = data.load(settings.source)
    except FileNotFoundError as error:
        raise StageError(
            f"{source} is missing: put examples there or change data.source in config/."
        ) from error
    except (OSError, ValueError, pa.ArrowException) as error:
        raise StageError(
            f"{source} cannot be read ({_brief(error)}): check that it is reachable, whole, "
            "and of the format that load() in problem/data.py reads."
        ) from error
    except Exception as error:  # of a driver: load() is the owner's code
        raise StageError(
            f"load() in problem/data.py failed on {source} "
            f"({type(error).__name__}: {_brief(error)}): check that it is there, that you may "
            "read it, and load() itself."
        ) from error
    if len(frame) < settings.min_rows:
        raise StageError(
            f"{source} has {len(frame)} rows and data.min_rows asks for "
            f"{settings.min_rows}: bring more examples or lower it."
        )
    return frame.reset_index(drop=True)


def _append(frame: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of both, with keys and times of one type."""
    both = [_with_utc(part) for part in (frame, added[list(frame)])]
    if both[0][schema.ENTITY].dtype != both[1][schema.ENTITY].dtype:
        both = [part.astype({schema.ENTITY: "str"}) for part in both]
    return pd.concat(both, ignore_index=True)


def _with_utc(frame: pd.DataFrame) -> pd.DataFrame:
    times = pd.to_datetime(frame[schema.EVENT_TIME], errors="coerce", utc=True)
    return frame.assign(**{schema.EVENT_TIME: times.dt.tz_localize(None)})


def _check_columns(frame: pd.DataFrame) -> None:
    wanted = {*input_names(), label_column().name, schema.ENTITY, schema.EVENT_TIME}
    missing, extra = sorted(wanted - {*frame}), sorted({*map(str, frame)} - wanted)
    if not frame.columns.is_unique:
        twice = sorted({*map(str, frame.columns[frame.columns.duplicated()])})
        raise StageError(f"The examples have {', '.join(twice)} twice: let load() drop one.")
    if missing:
        raise StageError(
            f"The examples lack {', '.join(missing)}: "
            "let load() in problem/data.py add them, or take them out of problem/schema.py."
        )
    if extra:
        raise StageError(
            f"The examples have columns that problem/schema.py does not know ({', '.join(extra)}): "
            "drop them in load() or add them to Input."
        )
    empty = [str(name) for name in wanted if frame[name].isna().all()]
    if empty:
        raise StageError(f"{', '.join(sorted(empty))} has no value in any row: repair the source.")


def _brief(error: BaseException) -> str:
    return masked(" ".join(str(error).split()))[:120] or type(error).__name__
