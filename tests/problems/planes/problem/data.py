"""Where raw examples come from: here a sample that came with the repository."""

import pandas as pd


def load(source: str) -> pd.DataFrame:
    """Read the registry and turn its wording of the engine into the Label."""
    rows = pd.read_parquet(source)
    return rows.assign(turbojet=rows.pop("engine") == "Turbo-jet")
