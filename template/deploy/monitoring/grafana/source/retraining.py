"""The loop: who asked for another model, what came of it, and how a model on trial does."""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from panels import Panel, increase, lines, number, of, page, rate


def dashboard(name: str) -> Dashboard:
    """Return the page."""
    panels = (*_state(), *_requests(), *_trial())
    return page(name, "Retraining", "ml_model_info", "now-30d", *panels)


def _state() -> list[Panel]:
    done = of("ml_job_last_success_timestamp_seconds", 'job_name="retrain"')
    trained = f"{of('ml_model_trained_timestamp_seconds')} > 0"
    failed = of("ml_retrain_requests_total", 'result="failed"')
    promoted = of("ml_promotion_decisions_total", 'decision="promoted"')
    return [
        number(
            "Age of the model", "s", (f"time() - max by (namespace) ({trained})", "{{namespace}}")
        ),
        number(
            "Since the last retraining",
            "s",
            (f"time() - max by (namespace) ({done})", "{{namespace}}"),
        ),
        number("Promoted", "short", (f"sum by (namespace) ({promoted})", "{{namespace}}")),
        number("Failed", "short", (f"sum by (namespace) ({failed})", "{{namespace}}")),
    ]


def _requests() -> list[Panel]:
    asked, decided = of("ml_retrain_requests_total"), of("ml_promotion_decisions_total")
    return [
        lines(
            "Retraining requests",
            "short",
            (f"sum by (trigger, result) ({asked})", "{{trigger}} {{result}}"),
        ),
        lines("Promotion decisions", "short", (f"sum by (decision) ({decided})", "{{decision}}")),
    ]


def _trial() -> list[Panel]:
    answered = f"sum by (model_version, role) ({rate('ml_predictions_total')})"
    unlike = f"sum({increase('ml_shadow_disagreements_total')})"
    failed = f"sum({increase('ml_canary_failures_total')})"
    shadow = f"sum({increase('ml_shadow_failures_total')})"
    skipped = f"sum({increase('ml_shadow_dropped_total')})"
    refused = f"sum({increase('ml_bundles_refused_total')})"
    return [
        lines(
            "Predictions a second, by version", "short", (answered, "{{model_version}} {{role}}")
        ),
        lines(
            "A model on trial",
            "short",
            (unlike, "shadow decides otherwise"),
            (skipped, "shadow skipped"),
            (shadow, "shadow failed"),
            (failed, "canary failed"),
            (refused, "Bundle refused"),
        ),
    ]
