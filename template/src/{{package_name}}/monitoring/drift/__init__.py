"""The drift job: inputs, predictions and labels of late, compared with training."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from ...config import Count, Section, Settings, Share

MISSING = "missing"  # the method by which a column is held to how often it is missing
ALL = "all"  # in the tables: of the features, and of the slices

if TYPE_CHECKING:
    from .findings import Findings
    from .standard import Yardstick


class DriftSettings(Section):
    """Which predictions are looked at, and what is called drift."""

    hours: Count = 24  # the window: what the champion answered so lately
    rows: Count = 1_000_000  # of the window; of more, so many are drawn
    min_rows: Annotated[int, Field(ge=50)] = 200  # fewer tell nothing
    label_hours: Count = 168  # quality is that of predictions whose labels came so lately
    # From the end of a run to the next, in the monitor; with 0, somebody else runs the jobs.
    every_seconds: Annotated[int, Field(ge=0)] = 3_600
    max_q: Share = 0.01  # of false alarms among all
    max_psi: Annotated[float, Field(gt=0)] = 0.1  # population stability of a number or the score
    max_js: Share = 0.1  # Jensen-Shannon distance of a category
    max_missing: Share = 0.1  # by which the share of missing values may rise
    max_auc: Annotated[float, Field(ge=0.5, le=1)] = 0.6  # by which window and reference differ
    max_loss: Share = 0.02  # of quality, to that on the test part
    skew_rows: Count = 500  # replayed through the pipeline of training
    skew_tolerance: Annotated[float, Field(gt=0)] = 1e-4  # of a probability, or the values' spread
    host: str = "127.0.0.1"  # of the monitor
    port: Annotated[int, Field(ge=0, le=65_535)] = 9108
    page: Path = Path("reports/drift.html")


def run(
    settings: Settings, options: DriftSettings, log_url: str, yardstick: "Yardstick"
) -> "Findings":
    """Do the job once: read, compare, write the tables and the page."""
    from .job import run as work

    return work(settings, options, log_url, yardstick, datetime.now(UTC))
