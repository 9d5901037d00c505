"""The prediction service: what it answers to, and the server that runs it."""

import os
import socket
from collections.abc import Sequence
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..config import ServingSettings, Settings
from ..errors import StageError
from . import ports
from .problems import MEDIA_TYPE, install
from .service import Service

GRACE_SECONDS = 15  # for requests under way when the service is told to stop
DRAIN = 4  # times the limit on a body; beyond it the connection is cut instead of read
REF = "#/components/schemas/{model}"


class PredictionApp(FastAPI):
    """FastAPI whose documentation shows a real row and the form of every failure."""

    service: Service

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        document = super().openapi()
        schemas = document["components"]["schemas"]
        made = models_json_schema([(ports.ProblemDetails, "serialization")], ref_template=REF)
        schemas |= made[1]["$defs"]
        schemas["Input"]["examples"] = self.service.examples()
        return document


def create_app(settings: Settings, observers: Sequence[ports.Observer] = ()) -> PredictionApp:
    """Return the service of `settings`; the champion is loaded when it starts."""
    service = Service(settings, observers)
    router = APIRouter()
    _add_probes(router, service)
    _add_predict(router, service, ports.predict_request(settings.serving.max_rows))
    app = PredictionApp(
        title=settings.name,
        version="1",
        lifespan=service.lifespan,
        middleware=[Middleware(BodyLimit, max_bytes=settings.serving.max_body_bytes)],
    )
    app.service = service
    app.include_router(router)
    install(app, observers)
    for observer in observers:
        observer.attach(app)
    return app


def run(factory: str, settings: ServingSettings, host: str | None, port: int | None) -> None:
    """Serve "module:factory" until stopped; raises StageError when the address is taken."""
    host = settings.host if host is None else host
    port = settings.port if port is None else port
    _check_free(host, port)
    uvicorn.run(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=settings.workers,
        access_log=False,  # it halves the throughput
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _add_probes(router: APIRouter, service: Service) -> None:
    @router.get("/live")
    async def live() -> ports.Status:
        """Tell that the process runs; restart it when this fails."""
        return ports.Status(status="live")

    @router.get("/ready", responses=_problems(503))
    async def ready() -> ports.Status:
        """Tell that the champion is verified; send no traffic before."""
        return ports.Status(status="ready", model_version=service.champion.version)


def _add_predict(router: APIRouter, service: Service, body: type[ports.PredictRequest]) -> None:
    @router.get("/v1/model", responses=_problems(503))
    async def model() -> ports.ModelInfo:
        """Tell which model answers and where it comes from."""
        champion = service.champion
        facts = champion.bundle.contract.model_dump(include=set(ports.ModelInfo.model_fields))
        return ports.ModelInfo(version=champion.version, digest=champion.bundle.digest, **facts)

    # Not async: scoring takes milliseconds, and in a thread it keeps no probe waiting.
    def predict(request: ports.PredictRequest) -> ports.PredictResponse:
        """Answer rows in their order, each under an id of its own."""
        return service.predict(request.rows)

    predict.__annotations__["request"] = body  # whose limit on rows the settings know
    router.post("/v1/predict", responses=_problems(400, 413, 422, 503))(predict)


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="ProblemDetails")}}}
    return {status: {"description": "Problem details", "content": content} for status in statuses}


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            if os.name == "posix":  # on Windows it would allow a port that is taken
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise StageError(
            f"{host}:{port} cannot be listened on ({error.strerror or error}): "
            "choose another with --port."
        ) from error


class BodyLimit:
    """ASGI middleware that refuses a body of more than `max_bytes` with 413."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count its body while it is read."""
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            while self._max < read <= DRAIN * self._max and message.get("more_body"):
                # A client that is still sending would miss an early answer: read on, keep nothing.
                message = await receive()
                read += len(message.get("body", b""))
            if read > self._max:
                detail = f"The body is too large: send {self._max} bytes at most a request."
                raise HTTPException(413, detail)
            return message

        await self._app(scope, counted, send)
