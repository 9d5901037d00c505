"""What the dashboards are made of: series of one or all namespaces, and the panels around them."""

from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard, QueryVariable
from grafana_foundation_sdk.builders.heatmap import HeatmapColorOptions
from grafana_foundation_sdk.builders.heatmap import Panel as Heatmap
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.timeseries import Panel as Lines
from grafana_foundation_sdk.models.common import DataSourceRef, LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, VariableRefresh
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prometheus")
HALF, QUARTER, WIDE = 12, 6, 18  # of the 24 columns of a page
Series = tuple[str, str]  # an expression, and how the legend calls its series
Panel = Lines | Stat | Table | Heatmap


def of(metric: str, *matchers: str) -> str:
    """Return a metric in the namespaces that were chosen."""
    chosen = ", ".join(['namespace=~"$namespace"', *matchers])
    return f"{metric}{{{chosen}}}"


def rate(metric: str, *matchers: str) -> str:
    """Return how fast a counter grows, a second."""
    return f"rate({of(metric, *matchers)}[$__rate_interval])"


def increase(metric: str, *matchers: str) -> str:
    """Return by how much a counter grew between two points of a graph."""
    return f"increase({of(metric, *matchers)}[$__rate_interval])"


def lines(title: str, unit: str, *series: Series, about: str = "", width: int = HALF) -> Lines:
    """Return a graph over time."""
    panel = Lines().title(title).description(about).unit(unit).span(width).height(8)
    for ref, (expression, legend) in zip("ABCDEF", series, strict=False):
        panel.with_target(_query(ref, expression).legend_format(legend).range())
    shown = VizLegendOptions().show_legend(True).display_mode(LegendDisplayMode.LIST)
    panel.legend(shown.placement(LegendPlacement.BOTTOM))
    return panel.datasource(PROMETHEUS).fill_opacity(5).axis_soft_min(0)


def number(title: str, unit: str, series: Series, about: str = "") -> Stat:
    """Return the latest value, large."""
    query = _query("A", series[0]).legend_format(series[1]).range()
    panel = Stat().title(title).description(about).unit(unit).span(QUARTER).height(6)
    return panel.datasource(PROMETHEUS).with_target(query)


def table(title: str, expression: str, *columns: str, about: str = "", width: int = HALF) -> Table:
    """Return a row for each series there is now, with these of its labels."""
    query = _query("A", expression).instant().format(PromQueryFormat.TABLE)
    chosen = DataTransformerConfig(
        id_val="filterFieldsByName", options={"include": {"names": [*columns]}}
    )
    panel = Table().title(title).description(about).span(width).height(6)
    return panel.datasource(PROMETHEUS).with_target(query).with_transformation(chosen)


def heatmap(title: str, expression: str) -> Heatmap:
    """Return how the values of a histogram are spread, over time."""
    query = _query("A", expression).legend_format("{{le}}").format(PromQueryFormat.HEATMAP)
    colour = HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Blues")
    panel = Heatmap().title(title).span(HALF).height(8).calculate(False).color(colour)
    return panel.datasource(PROMETHEUS).with_target(query.range())


def page(name: str, title: str, found_by: str, since: str, *panels: Panel) -> Dashboard:
    """Return a dashboard; its namespaces are those of the metric that it is found by."""
    made = Dashboard(title).uid(name).tags(["ml"]).timezone("browser").readonly()
    made.time(since, "now").refresh("10s").with_variable(
        choice("namespace", "Namespace", f"label_values({found_by}, namespace)")
        .include_all(True)
        .all_value(".*")
    )
    for panel in panels:
        made.with_panel(panel)
    return made


def choice(name: str, label: str, query: str) -> QueryVariable:
    """Return what a reader can choose on top of a dashboard."""
    variable = QueryVariable(name).label(label).query(query).datasource(PROMETHEUS)
    return variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)


def _query(ref: str, expression: str) -> Dataquery:
    return Dataquery().ref_id(ref).expr(expression).datasource(PROMETHEUS)
