"""Where Alertmanager brings its alerts: POST /alerts, with the token of the project."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from ...errors import StageError
from ..access import RefusalError, check_token, read_body
from .controller import Controller

ACTION = ("action", "retrain")  # the label of alerts that are meant for this
NAME_LENGTH = 128  # that a trigger may have in the database


class Alert(BaseModel):
    """One of a group."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    starts_at: Annotated[datetime, Field(alias="startsAt")]


class Notification(BaseModel):
    """What Alertmanager sends, version 4; it may say more."""

    version: Literal["4"]
    group_key: Annotated[str, Field(alias="groupKey", max_length=1_000)]
    alerts: Annotated[list[Alert], Field(max_length=1_000)]

    def asking(self) -> Alert | None:
        """Return the oldest alert that fires and asks for a training."""
        name, value = ACTION
        found = [
            alert
            for alert in self.alerts
            if alert.status == "firing" and alert.labels.get(name) == value
        ]
        return min(found, key=lambda alert: alert.starts_at, default=None)


def add_route(app: FastAPI, controller: Controller, token_file: Path | None) -> None:
    """Let the application take alerts."""

    @app.post("/alerts")
    async def alerts(request: Request) -> Response:
        """Train again if an alert asks for it, and say what was done."""
        try:
            check_token(token_file, request.headers.get("authorization"))
            notification = _read(await read_body(request))
            result, reason = await run_in_threadpool(_ask, controller, notification)
        except RefusalError as error:
            return error.response()
        return JSONResponse({"result": result, "reason": reason})


def _read(body: bytes) -> Notification:
    try:
        return Notification.model_validate_json(body)
    except ValidationError as error:
        raise RefusalError(422, "This is no notification of Alertmanager, version 4.") from error


def _ask(controller: Controller, notification: Notification) -> tuple[str, str]:
    alert = notification.asking()
    if alert is None:
        return "ignored", "No alert that fires asks for a training."
    name = alert.labels.get("alertname", "alert")[:NAME_LENGTH]
    key = f"{notification.group_key}@{alert.starts_at.isoformat()}"
    try:
        return controller.ask(name, key)
    except StageError as error:  # Alertmanager comes again after a 5xx
        raise RefusalError(503, str(error)) from error
