"""Ray Data on all cores of one machine, with the same ONNX model."""

# mypy: ignore-errors
import os
import sys
from pathlib import Path

os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"  # else its workers become uv's, without ray

import ray
from arrow_score import names, scored

PATH = str(Path(__file__).resolve().parent)
ray.init(
    include_dashboard=False,
    logging_level="ERROR",
    runtime_env={"env_vars": {"PYTHONPATH": PATH, "BUNDLE": os.environ["BUNDLE"]}},
)
ray.data.DataContext.get_current().enable_progress_bars = False
read = ray.data.read_parquet(sys.argv[1]).select_columns(names())
read.map_batches(scored, batch_format="pyarrow", batch_size=50_000).write_parquet(sys.argv[2])
