"""The pictures of the report, each a matplotlib figure turned into inline SVG."""

import io
from collections.abc import Callable
from functools import partial

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn import metrics as sk

from ..problem import schema
from . import Evidence

BLUE, GREY, RED = "#2563eb", "#94a3b8", "#dc2626"


def plots(evidence: Evidence) -> dict[str, str]:
    """Return the task's pictures by title, as SVG."""
    drawings = CLASSIFICATION if schema.TASK == "classification" else REGRESSION
    return {title: _svg(partial(draw, evidence=evidence)) for title, draw in drawings.items()}


def _svg(draw: Callable[[Axes], None]) -> str:
    """Return one picture as an SVG element that needs nothing from outside."""
    figure = Figure(figsize=(4.4, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    draw(axes)
    buffer = io.StringIO()
    # The salt makes the same figure the same bytes; no date for the same reason.
    with mpl.rc_context({"svg.hashsalt": "report", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def importance_bars(losses: pd.Series, unit: str) -> str:
    """Return a bar per column: what the model loses when that column is shuffled."""

    def draw(axes: Axes) -> None:
        shown = losses.head(15)[::-1]
        axes.barh(shown.index.astype(str), shown.to_numpy(), color=BLUE)
        axes.set_xlabel(f"loss in {unit} when shuffled")

    return _svg(draw)


def _roc(axes: Axes, evidence: Evidence) -> None:
    for name, scores, colour in _models(evidence):
        false, true, _ = sk.roc_curve(evidence.test.labels, scores)
        axes.plot(false, true, color=colour, label=name)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=":")
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    axes.legend(frameon=False)


def _precision_recall(axes: Axes, evidence: Evidence) -> None:
    for name, scores, colour in _models(evidence):
        precision, recall, _ = sk.precision_recall_curve(evidence.test.labels, scores)
        axes.plot(recall, precision, color=colour, label=name)
    axes.axhline(evidence.test.labels.mean(), color=GREY, linestyle=":")
    axes.set(xlabel="recall", ylabel="precision", ylim=(0, 1.02))
    axes.legend(frameon=False)


def _calibration(axes: Axes, evidence: Evidence) -> None:
    order = np.array_split(np.argsort(evidence.scores, kind="stable"), 10)
    said = [evidence.scores[part].mean() for part in order if len(part)]
    was = [evidence.test.labels[part].mean() for part in order if len(part)]
    top = max(*said, *was)
    axes.plot([0, top], [0, top], color=GREY, linestyle=":")
    axes.plot(said, was, color=BLUE, marker="o")
    axes.set(xlabel="predicted probability", ylabel="observed share")


def _confusion(axes: Axes, evidence: Evidence) -> None:
    decided = evidence.scores >= evidence.bundle.contract.threshold
    counts = sk.confusion_matrix(evidence.test.labels.astype(bool), decided)
    axes.imshow(counts, cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        shade = "white" if count > counts.max() / 2 else "black"
        axes.text(column, row, f"{count:,}", ha="center", va="center", color=shade)
    axes.set(xlabel="predicted", ylabel="actual")
    axes.set_xticks([0, 1], ["no", "yes"])
    axes.set_yticks([0, 1], ["no", "yes"])


def _score_histogram(axes: Axes, evidence: Evidence) -> None:
    for value, name, colour in ((0, "no", GREY), (1, "yes", BLUE)):
        chosen = evidence.scores[evidence.test.labels == value]
        axes.hist(chosen, bins=30, density=True, alpha=0.6, color=colour, label=name)
    axes.axvline(evidence.bundle.contract.threshold, color=RED, linestyle="--")
    axes.set(xlabel="predicted probability", ylabel="density")
    axes.legend(frameon=False)


def _predicted_actual(axes: Axes, evidence: Evidence) -> None:
    axes.scatter(evidence.scores, evidence.test.labels, s=4, alpha=0.3, color=BLUE, rasterized=True)
    low, high = evidence.scores.min(), evidence.scores.max()
    axes.plot([low, high], [low, high], color=GREY, linestyle=":")
    axes.set(xlabel="predicted", ylabel="actual")


def _residuals(axes: Axes, evidence: Evidence) -> None:
    axes.hist(evidence.test.labels - evidence.scores, bins=60, color=BLUE)
    axes.axvline(0, color=GREY, linestyle=":")
    axes.set(xlabel="actual minus predicted", ylabel="rows")


def _residuals_by_time(axes: Axes, evidence: Evidence) -> None:
    errors = pd.Series(np.abs(evidence.test.labels - evidence.scores))
    order = errors.groupby(pd.qcut(evidence.test.times.rank(method="first"), 20, labels=False))
    axes.plot(order.mean().to_numpy(), color=BLUE, marker="o")
    axes.set(xlabel="test part, oldest to newest twentieth", ylabel="mean absolute error")


def _models(evidence: Evidence) -> list[tuple[str, np.ndarray, str]]:
    found = [("challenger", evidence.scores, BLUE)]
    if evidence.champion:
        found.append(("champion", evidence.champion.scores, RED))
    return found


CLASSIFICATION = {
    "ROC curve": _roc,
    "Precision and recall": _precision_recall,
    "Calibration": _calibration,
    "Decisions": _confusion,
    "Scores by actual class": _score_histogram,
}
REGRESSION = {
    "Predicted against actual": _predicted_actual,
    "Residuals": _residuals,
    "Error over time": _residuals_by_time,
}
