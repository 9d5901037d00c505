"""Where raw examples come from: here a sample that came with the repository."""

import pandas as pd


def load(source: str) -> pd.DataFrame:
    """Read raw examples: Input columns, the Label, the entity and the event time.

    Replace the body to read your warehouse; nothing else needs to change.
    """
    return pd.read_parquet(source)
