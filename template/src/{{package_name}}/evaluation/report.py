"""The report: one HTML file that needs nothing from outside, for a person to read."""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ..problem import schema
from ..registry.verdict import Verdict
from .evidence import Evidence, importance
from .plots import importance_bars, plots

TEMPLATE = "report.html.j2"


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
        gain=evidence.gain_over_baseline,
        plots={title: Markup(picture) for title, picture in drawn.items()},  # noqa: S704
    )


def _first_line(documented: type) -> str:
    return (documented.__doc__ or "").strip().partition("\n")[0]
