"""Spark on all cores of one machine, with the same ONNX model."""

# mypy: ignore-errors
import os
import sys
from pathlib import Path

import pyarrow as pa
from arrow_score import names, scored
from pyspark.sql import SparkSession

os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent)
session = (
    SparkSession.builder.master("local[*]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.sql.execution.arrow.maxRecordsPerBatch", 50_000)
    .getOrCreate()
)
session.sparkContext.setLogLevel("ERROR")


def score(batches):
    """Yield the scores of each batch."""
    for batch in batches:
        yield from scored(pa.Table.from_batches([batch])).to_batches()


rows = session.read.parquet(sys.argv[1]).select(*names())
rows.mapInArrow(score, "score double").write.mode("overwrite").parquet(sys.argv[2])
