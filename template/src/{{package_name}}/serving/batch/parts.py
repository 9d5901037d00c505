"""Finished chunks beside the target, so that a stopped run loses only the chunk it was at."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...errors import StageError
from ...files import write_file

MANIFEST = "manifest.json"
PACKED = pa.ipc.IpcWriteOptions(compression="lz4")
OFTEN = ["model_version"]  # the only column whose values come again and again


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
        content = pa.BufferOutputStream()
        with pa.ipc.new_file(content, table.schema, options=PACKED) as writer:
            writer.write_table(table)
        write_file(self._path(start), content.getvalue().to_pybytes())

    def assemble(self, schema: pa.Schema) -> int:
        """Join the chunks into the target in one step and return its number of rows."""
        whole = self._folder / "whole.parquet"
        rows = 0
        try:
            with _writer(whole, schema) as writer:
                for path in sorted(self._folder.glob("rows-*.arrow")):
                    with pa.ipc.open_file(path) as part:
                        table = part.read_all()
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
        return self._folder / f"rows-{start:012d}.arrow"


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=OFTEN)
