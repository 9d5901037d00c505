"""Retraining: asked for by an alert, a schedule or a person; promoted only through the gates."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ...config import Count, Section, Settings, Share
from .. import MonitoringSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from .learn import Stages
    from .requests import Outcome


class RetrainingSettings(Section):
    """When a model is trained again, by whom, and how it is tried before it is promoted."""

    backend: Literal["local", "github"] = "local"  # a process here, or a workflow there
    repository: Annotated[str, Field(pattern=r"^([\w.-]+/[\w.-]+)?$")] = ""  # of the workflow
    cooldown_hours: Annotated[float, Field(ge=0)] = 24
    min_labels: int = Field(default=1_000, ge=0)  # since the last training that made a model
    # Shares of the requests that the new model answers, one after the other; 0: none, as a shadow.
    trial_shares: tuple[Share, ...] = (0.0, 0.05, 0.25, 0.5)
    trial_seconds: Annotated[float, Field(ge=0)] = 600  # each, and
    trial_rows: Count = 100  # that it has to answer
    max_slowdown: Annotated[float, Field(ge=1)] = 1.2  # of its median answer, beside the champion's


def attach(
    settings: Settings,
    options: RetrainingSettings,
    monitoring: MonitoringSettings,
    app: "FastAPI",
) -> None:
    """Let the monitor take alerts."""
    from .alerts import add_route
    from .controller import Controller

    del settings
    add_route(app, Controller(options, monitoring.log_url), monitoring.token_file)


def run(
    settings: Settings,
    options: RetrainingSettings,
    log_url: str,
    stages: "Stages",
    asked: tuple[str, str],
) -> "Outcome":
    """Train again for this trigger and request; raises StageError when a stage fails."""
    from .learn import Retraining

    return Retraining(options, settings.registry.bundles, log_url, stages).run(*asked)
