"""Finished chunks beside the target, so that a stopped run loses only the chunk it was at."""

import json
import shutil
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...errors import StageError
from ...files import write_file

MANIFEST = "manifest.json"


class Parts:
    """The folder `<target>.parts`: chunks of one source, one Bundle and one way to cut."""

    def __init__(self, target: Path, facts: dict[str, object]) -> None:
        """Take over finished chunks when `facts` are those of the last run, else begin anew."""
        if target.is_dir():
            raise StageError(f"{target} is a folder: name a file.")
        self._target = target
        self._folder = Path(f"{target}.parts")
        manifest = json.dumps(facts, sort_keys=True).encode()
        if not self._made_for(manifest):
            shutil.rmtree(self._folder, ignore_errors=True)
            write_file(self._folder / MANIFEST, manifest)

    def has(self, start: int) -> bool:
        """Tell whether the chunk that begins at row `start` is finished."""
        return self._path(start).is_file()

    def add(self, start: int, table: pa.Table) -> None:
        """Keep one finished chunk."""
        content = BytesIO()
        pq.write_table(table, content, compression="zstd")
        write_file(self._path(start), content.getvalue())

    def assemble(self, schema: pa.Schema) -> int:
        """Join the chunks into the target in one step and return its number of rows."""
        whole = self._folder / "whole.parquet"
        rows = 0
        try:
            with pq.ParquetWriter(whole, schema, compression="zstd") as writer:
                for path in sorted(self._folder.glob("rows-*.parquet")):
                    table = pq.ParquetFile(path).read()
                    writer.write_table(table)
                    rows += table.num_rows
            whole.replace(self._target)
        except (OSError, pa.ArrowException) as error:
            raise StageError(
                f"{self._target} could not be written ({error}): make room and run it again, "
                f"finished chunks are kept in {self._folder}."
            ) from error
        shutil.rmtree(self._folder, ignore_errors=True)
        return rows

    def _made_for(self, manifest: bytes) -> bool:
        path = self._folder / MANIFEST
        return path.is_file() and path.read_bytes() == manifest

    def _path(self, start: int) -> Path:
        return self._folder / f"rows-{start:012d}.parquet"
