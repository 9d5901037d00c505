"""Read the rows to score: the Input columns of a Parquet file, checked as a request would be."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from ...errors import StageError
from ...features import Column, input_columns, input_names
from ..ports import Input
from ..problems import sentence

Row = dict[str, Any]
ROWS = TypeAdapter(list[Input])


class Source:
    """A Parquet file that has every Input column; others in it are ignored."""

    def __init__(self, path: Path) -> None:
        """Open the file; raises StageError when it cannot be scored."""
        self.path = path
        try:
            # Else it keeps all that it has read until the end of the file.
            self._file = pq.ParquetFile(path, pre_buffer=False)
        except FileNotFoundError as error:
            raise StageError(f"{path} is missing: name an existing Parquet file.") from error
        except (pa.ArrowException, OSError) as error:
            raise StageError(f"{path} cannot be read as Parquet: export it again.") from error
        found = set(self._file.schema_arrow.names)
        missing = [name for name in input_names() if name not in found]
        if missing:
            raise StageError(f"{path} has no column {', '.join(missing)}: add what Input asks for.")

    @property
    def total(self) -> int:
        """Return the number of rows."""
        return int(self._file.metadata.num_rows)

    def digest(self) -> str:
        """Return the SHA-256 of the file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def chunks(self, chunk_rows: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Yield rows with the number of the first; the same cuts each time for the same file."""
        start = 0
        try:
            for chunk in self._file.iter_batches(chunk_rows, columns=input_names()):
                yield start, chunk
                start += len(chunk)
        except (pa.ArrowException, OSError) as error:
            raise StageError(
                f"{self.path} is damaged after row {start}: export it again."
            ) from error


def to_rows(chunk: pa.RecordBatch) -> list[Row]:
    """Return the rows as a request would bring them: None for missing, whole numbers as int."""
    columns = [_values(column, chunk[column.name]) for column in input_columns()]
    names = input_names()
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def find_bad(rows: list[Row], numbers: np.ndarray) -> dict[int, str]:
    """Return the numbers of the rows that break the contract, each with a sentence on why."""
    try:
        ROWS.validate_python(rows)
    except ValidationError as error:
        found: dict[int, str] = {}
        for item in error.errors(include_url=False):
            number, name = int(numbers[int(item["loc"][0])]), item["loc"][-1]
            found.setdefault(number, sentence(item, f"{name} in row {number}"))
        return found
    return {}


def _values(column: Column, array: pa.Array) -> list[Any]:
    if isinstance(array.type, pa.DictionaryType):
        array = array.dictionary_decode()
    if not pa.types.is_floating(array.type):
        return list(array.to_pylist())
    if column.nullable:
        # pandas writes a missing number as NaN or null, as it pleases.
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
    values = array.to_pylist()
    return [_whole(value) for value in values] if column.kind is int else list(values)


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and value.is_integer() else value
