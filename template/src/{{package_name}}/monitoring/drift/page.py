"""The page that a person reads: one HTML file that needs nothing from outside."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from sqlalchemy import Connection, select

from ..database.tables import drift_results, drift_runs
from . import MISSING, DriftSettings
from .compare import bars
from .findings import Findings

TEMPLATE = "page.html.j2"
HISTORY = 24  # runs
WORDS = {
    "psi": "population stability index",
    "js": "Jensen-Shannon distance",
    "auc": "ROC AUC of telling now from training",
    MISSING: "rise of the share that is missing",
}


@dataclass(frozen=True)
class Past:
    """An earlier run, in a line."""

    id: str
    created_at: datetime
    model_version: str
    rows: int
    skew_rows: int
    skew_mismatches: int
    seconds: float
    drifted: list[str]


def history(connection: Connection) -> list[Past]:
    """Return the latest runs, the newest first."""
    names = [name for name in Past.__dataclass_fields__ if name != "drifted"]
    asked = select(*(drift_runs.c[name] for name in names))
    newest = asked.order_by(drift_runs.c.created_at.desc()).limit(HISTORY)
    runs = connection.execute(newest).mappings().all()
    drifted = defaultdict(list)
    results = select(drift_results.c.run_id, drift_results.c.feature).where(
        drift_results.c.run_id.in_([run["id"] for run in runs]),
        drift_results.c.drifted,
        drift_results.c.method != MISSING,
    )
    results = results.distinct()  # a column may drift in two ways
    for key, feature in connection.execute(results):
        drifted[key].append(feature)
    return [Past(**run, drifted=sorted(drifted[run["id"]])) for run in runs]


def render(name: str, findings: Findings, past: list[Past], options: DriftSettings) -> str:
    """Return the page as HTML; every value in it is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["moment"] = lambda when: f"{when:%Y-%m-%d %H:%M}"
    template = environment.from_string(files(__package__).joinpath(TEMPLATE).read_text("utf-8"))
    return template.render(
        name=name,
        run=findings.run,
        findings=findings,
        options=options,
        bars=bars(options),
        words=WORDS,
        lag=_labels(findings),
        history=past,
    )


def _labels(findings: Findings) -> str:
    run = findings.run
    said = f"{run.labelled_rows:,} labels came within the window"
    if run.label_lag_s is None:
        return said
    if run.label_lag_s < 0:
        return f"{said}, half of them seen before the prediction: do their times name a zone?"
    return f"{said}, half of them {run.label_lag_s / 3600:,.1f} hours or more after the prediction"
