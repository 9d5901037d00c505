"""The prediction service: what it answers to, and the server that runs it."""

import gc
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from pydantic.json_schema import models_json_schema

from ..config import ServingSettings, Settings
from ..errors import StageError, without_values
from . import ports
from .answers import PredictResponse
from .desk import Desk, Reader
from .problems import MEDIA_TYPE, install
from .service import Service

GRACE_SECONDS = 15  # for requests under way when the service is told to stop
MakeService = Callable[[Settings, Sequence[ports.Observer]], Service]
ROUTE = "/v1/predict"
REF = "#/components/schemas/{model}"


class PredictionApp(FastAPI):
    """FastAPI whose documentation shows a likely row and the form of every failure."""

    service: Service
    reader: Reader
    desk: Desk

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        document = super().openapi()
        schemas = document["components"]["schemas"]
        schemas |= models_json_schema(
            [(self.reader.body, "validation"), (ports.ProblemDetails, "serialization")],
            ref_template=REF,
        )[1]["$defs"]
        schemas["Input"]["examples"] = self.service.examples()
        return document


def create_app(
    settings: Settings,
    observers: Sequence[ports.Observer] = (),
    make_service: MakeService = Service,
) -> PredictionApp:
    """Return the service of `settings`; the champion is loaded when it starts."""
    reader, service = Reader(settings.serving), make_service(settings, observers)
    router = APIRouter()
    _add_probes(router, service)
    desk = Desk(settings.serving, service, reader)
    _add_predict(router, service, desk)
    app = PredictionApp(title=settings.name, version="1", lifespan=_lifespan)
    app.service, app.reader, app.desk = service, reader, desk
    app.include_router(router)
    install(app, observers)
    for observer in observers:
        observer.attach(app)
    return app


def run(factory: str, settings: ServingSettings, host: str | None, port: int | None) -> None:
    """Serve "module:factory" until stopped; raises StageError when the address is taken."""
    host, port = host or settings.host, settings.port if port is None else port
    check_free(host, port)
    uvicorn.run(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=settings.workers,
        access_log=False,  # it halves the throughput
        log_config=without_values(uvicorn.config.LOGGING_CONFIG),
        server_header=False,
        proxy_headers=False,  # nobody asks for the client's address
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


@asynccontextmanager
async def _lifespan(app: PredictionApp) -> AsyncIterator[None]:
    async with app.service.lifespan(app):
        gc.freeze()  # looking through all that stays kept one request in a hundred waiting
        yield
    gc.unfreeze()


def _add_probes(router: APIRouter, service: Service) -> None:
    @router.head("/live", include_in_schema=False)  # as some load balancers ask
    @router.get("/live")
    async def live() -> ports.Status:
        """Tell that the process runs; restart it when this fails."""
        return ports.Status(status="live")

    @router.head("/ready", include_in_schema=False)
    @router.get("/ready", responses=_problems(503))
    async def ready() -> ports.Status:
        """Tell that the champion is verified; send no traffic before."""
        return ports.Status(status="ready", model_version=service.champion.version)

    @router.get("/v1/model", responses=_problems(503))
    async def model() -> ports.ModelInfo:
        """Tell which model answers and where it comes from."""
        champion = service.champion
        facts = champion.bundle.contract.model_dump(include=set(ports.ModelInfo.model_fields))
        return ports.ModelInfo(version=champion.version, digest=champion.bundle.digest, **facts)


def _add_predict(router: APIRouter, service: Service, desk: Desk) -> None:
    asked = {"application/json": {"schema": {"$ref": REF.format(model="PredictRequest")}}}

    # The body is read by the service itself: FastAPI would make an object of each value first.
    @router.post(
        ROUTE,
        response_model=PredictResponse,
        responses=_problems(413, 415, 422, 429, 503),
        openapi_extra={"requestBody": {"required": True, "content": asked}},
    )
    async def predict(request: Request) -> Response:
        """Answer rows in their order, each under an id of its own."""
        return Response(await desk.answer(request), media_type="application/json")

    @router.get("/v1/example", responses=_problems(503))
    async def example() -> dict[str, Any]:
        """Return a request to try: a row of typical values."""
        return {"rows": [service.champion.bundle.typical]}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="ProblemDetails")}}}
    return {status: {"description": "Problem details", "content": content} for status in statuses}


def check_free(host: str, port: int) -> None:
    """Raise StageError when nobody can listen on this address, such as on a port that is taken."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            if os.name == "posix":  # on Windows it would allow a port that is taken
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise StageError(
            f"Cannot listen on {host}:{port} ({error.strerror or error}): "
            "choose another with --port."
        ) from error
