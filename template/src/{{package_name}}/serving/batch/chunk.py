"""A chunk of the file to score: its columns, without the rows that break the contract."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from ... import features
from .columns import to_columns
from .source import find_bad, to_rows


@dataclass(frozen=True)
class Chunk:
    """Rows of a file, and the number of the first one."""

    source: Path
    start: int
    content: pa.RecordBatch

    def read(self) -> tuple[dict[str, np.ndarray], np.ndarray, dict[int, str]]:
        """Return the columns of the good rows, their numbers, and why the others are bad."""
        numbers = np.arange(self.start, self.start + len(self.content))
        quickly = to_columns(self.content)
        if quickly is None:
            return self._row_by_row(numbers)
        columns, suspect = quickly
        if not suspect.any():
            return columns, numbers, {}
        closely = to_rows(self.content.filter(pa.array(suspect)))
        bad = find_bad(closely, numbers[suspect])
        good = ~np.isin(numbers, list(bad))
        return {name: values[good] for name, values in columns.items()}, numbers[good], bad

    def _row_by_row(
        self, numbers: np.ndarray
    ) -> tuple[dict[str, np.ndarray], np.ndarray, dict[int, str]]:
        rows = to_rows(self.content)
        bad = find_bad(rows, numbers)
        good = np.array([number not in bad for number in numbers], dtype=bool)
        kept = [row for row, keep in zip(rows, good, strict=True) if keep]
        return features.to_columns(kept), numbers[good], bad
