"""Where raw examples come from: here a sample that came with the repository."""

from pathlib import Path

import pandas as pd


def load(source: Path) -> pd.DataFrame:
    """Read raw examples: Input columns, Label columns, the entity and the event time."""
    return pd.read_parquet(source)
