"""The prediction service: what is asked, how it is answered, and by which model."""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from panels import WIDE, Panel, heatmap, increase, lines, number, of, page, rate, table

REQUESTS, SECONDS = "http_requests_total", "http_request_duration_seconds"
PREDICT = 'handler="/v1/predict"'
OURS, THEIRS = 'status=~"5.."', 'status=~"4.."'
MODEL = "model_name, model_version, role"
FACTS = ("namespace", "model_version", "model_digest", "git_sha", "data_version")


def dashboard(name: str) -> Dashboard:
    """Return the page."""
    panels = (*_traffic(), *_predictions(), *_trouble(), *_model())
    return page(name, "Prediction service", "ml_model_info", "now-30m", *panels)


def _traffic() -> list[Panel]:
    every = f"sum({rate(REQUESTS)})"
    failed, refused = (f"sum({rate(REQUESTS, status)})" for status in (OURS, THEIRS))
    return [
        lines(
            "Requests a second",
            "reqps",
            (f"sum by (handler, status) ({rate(REQUESTS)})", "{{handler}} {{status}}"),
        ),
        lines(
            "Error rate",
            "percentunit",
            (f"({failed} or vector(0)) / {every}", "our errors"),
            (f"{refused} / {every}", "refused"),
            about="The objective is 0.5 % of server errors at most.",
        ),
    ]


def _predictions() -> list[Panel]:
    spread = f"sum by (le) ({rate(f'{SECONDS}_bucket', PREDICT)})"
    scores = f"sum by (le) ({increase('ml_prediction_score_bucket')})"
    by_row = f"sum({rate(f'{SECONDS}_sum', PREDICT)}) / sum({rate('ml_predictions_total')})"
    return [
        lines(
            "Prediction latency",
            "s",
            *[
                (f"histogram_quantile({part / 100}, {spread})", f"{part} %")
                for part in (50, 95, 99)
            ],
            about="The objective is a quarter of a second for 95 %.",
        ),
        lines("Seconds a row", "s", (by_row, "mean"), about="It grows when answering gets slower."),
        lines(
            "Predictions a second, by model",
            "short",
            (
                f"sum by ({MODEL}) ({rate('ml_predictions_total')})",
                "{{model_name}} {{model_version}} {{role}}",
            ),
        ),
        heatmap("Scores", scores),
    ]


def _trouble() -> list[Panel]:
    broken = f"60 * sum by (feature, check) ({rate('ml_input_violations_total')})"
    without = f"60 * sum by (reason) ({rate('ml_prediction_errors_total')})"
    lost = f"sum({increase('ml_prediction_log_dropped_total')})"
    no_number = f"sum by (where) ({increase('ml_nonfinite_values_total')})"
    return [
        lines(
            "Input contract violations, a minute",
            "short",
            (broken, "{{feature}} {{check}}"),
        ),
        lines("Failed prediction requests, a minute", "short", (without, "{{reason}}")),
        lines(
            "Lost for the log, and values that are no numbers",
            "short",
            (lost, "not remembered"),
            (no_number, "no number: {{where}}"),
            width=24,
        ),
    ]


def _model() -> list[Panel]:
    trained = of("ml_model_trained_timestamp_seconds")
    answers = f"count by ({', '.join(FACTS)}) ({of('ml_model_info')} == 1)"
    age = (f"time() - max by (namespace) ({trained} > 0)", "{{namespace}}")
    return [
        number("Age of the model", "s", age),
        table("The model that answers", answers, *FACTS, width=WIDE),
    ]
