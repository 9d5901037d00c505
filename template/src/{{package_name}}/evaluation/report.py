"""What people read: one HTML file that needs nothing from outside, and the model card."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ..features import input_columns, label_column
from ..files import write_file
from ..problem import schema
from ..registry import Verdict
from . import Evidence
from .plots import importance_bars, plots

TEMPLATE, REPORT, CARD = "report.html.j2", "report.html", "model_card.md"


def publish(evidence: Evidence, verdict: Verdict, folder: Path) -> None:
    """Write the report and the model card into the folder."""
    write_file(folder / REPORT, render(evidence, verdict).encode())
    write_file(folder / CARD, model_card(evidence, verdict).encode())


def render(evidence: Evidence, verdict: Verdict) -> str:
    """Return the report as HTML; every value in it is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(files(__package__).joinpath(TEMPLATE).read_text("utf-8"))
    losses = importance(evidence)
    drawn = plots(evidence) | {
        "What the model relies on": importance_bars(losses, evidence.scale.primary)
    }
    return template.render(
        contract=evidence.bundle.contract,
        verdict=verdict,
        question=_first_line(schema.Input),
        primary=evidence.scale.primary,
        test=evidence.test,
        leaks=dict(list(evidence.leaks.items())[:5]),
        plots={title: Markup(picture) for title, picture in drawn.items()},  # noqa: S704
    )


def model_card(evidence: Evidence, verdict: Verdict) -> str:
    """Return the card as Markdown."""
    contract = evidence.bundle.contract
    lines = [
        f"# Model card: {contract.name} {verdict.digest[:12]}",
        "",
        f"- Task: {contract.task} of `{label_column().name}`",
        f"- Question: {_first_line(schema.Input)}",
        f"- Answer: {_first_line(schema.Label)}",
        f"- Trained: {contract.created_at}, code {contract.git_sha}",
        f"- Data: {contract.data_fingerprint}, tested on {len(evidence.test.labels)} rows "
        f"from {evidence.test.times.min()} to {evidence.test.times.max()}",
        f"- Hyperparameters: {contract.params}",
        f"- Answers with: {contract.answers_with}",
        f"- Gates: {'all cleared' if verdict.passed else '; '.join(verdict.refusals)}",
        "",
        "## Quality on the test part, with 95 % intervals",
        "",
        "| metric | value | low | high | baseline |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {found.value:.4f} | {found.low:.4f} | {found.high:.4f} "
            f"| {verdict.baseline[name]:.4f} |"
            for name, found in verdict.metrics.items()
        ),
        "",
        "## Inputs",
        "",
        *(
            f"- `{column.name}`: {column.kind.__name__}{', may be missing' * column.nullable}"
            for column in input_columns()
        ),
        "",
        "## Limits",
        "",
        "It knows nothing outside the ranges and the time span of its data; a group that is not "
        "among the slices of the report was not looked at.",
        "",
    ]
    return "\n".join(lines)


def importance(evidence: Evidence, rows: int = 1_000) -> pd.Series:
    """Return what the primary metric loses when each column is shuffled, the largest loss first."""
    rng = np.random.default_rng(evidence.settings.seed)
    picks = rng.permutation(len(evidence.test.labels))[:rows]
    inputs, truths = evidence.test.inputs.iloc[picks], evidence.test.labels[picks]
    metric = evidence.scale.metrics[evidence.scale.primary]
    whole = metric(truths, evidence.scores[picks])
    lost = {}
    for name in inputs.columns:
        shuffled = inputs.assign(**{name: inputs[name].to_numpy()[rng.permutation(len(picks))]})
        shuffled = shuffled.astype(inputs.dtypes.to_dict())
        lost[name] = evidence.scale.gain(whole, metric(truths, evidence.bundle.score(shuffled)))
    return pd.Series(lost).sort_values(ascending=False)


def _first_line(documented: type) -> str:
    return (documented.__doc__ or "").strip().partition("\n")[0]
