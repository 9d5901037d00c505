"""The prediction service: what it answers to, and the server that runs it."""

import os
import socket
import tempfile
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI, Response
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema
from starlette.middleware import Middleware

from ..config import ServingSettings, Settings
from ..errors import StageError
from .middleware import BodyLimit, Timing
from .ports import Log, Telemetry
from .problems import MEDIA_TYPE, install
from .schemas import (
    ModelInfo,
    PredictRequest,
    PredictResponse,
    ProblemDetails,
    Status,
    predict_request,
)
from .service import Service

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
GRACE_SECONDS = 15  # for requests under way when the service is told to stop
REF = "#/components/schemas/{model}"


class PredictionApp(FastAPI):
    """FastAPI whose documentation shows a real row and the form of every failure."""

    service: Service

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        document = super().openapi()
        schemas = document["components"]["schemas"]
        schemas |= models_json_schema([(ProblemDetails, "serialization")], ref_template=REF)[1][
            "$defs"
        ]
        schemas["Input"]["examples"] = self.service.examples()
        return document


def create_app(settings: Settings, telemetry: Telemetry, log: Log) -> PredictionApp:
    """Return the service of `settings`; the champion is loaded when it starts."""
    service = Service(settings, telemetry, log)
    limits = settings.serving
    router = APIRouter()
    _add_probes(router, service, telemetry)
    _add_predict(router, service, predict_request(limits.max_rows))
    handlers = {route.path for route in router.routes if isinstance(route, APIRoute)}
    app = PredictionApp(
        title=settings.name,
        version="1",
        lifespan=service.lifespan,
        middleware=[  # the outermost first
            Middleware(Timing, telemetry=telemetry, handlers=handlers),
            Middleware(BodyLimit, max_bytes=limits.max_body_bytes),
        ],
    )
    app.service = service
    app.include_router(router)
    install(app, telemetry)
    return app


def run(factory: str, settings: ServingSettings, host: str | None, port: int | None) -> None:
    """Serve "module:factory" until stopped; raises StageError when the address is taken."""
    host = settings.host if host is None else host
    port = settings.port if port is None else port
    _check_free(host, port)
    with tempfile.TemporaryDirectory(prefix="metrics-") as folder:
        if settings.workers > 1:
            # Each worker counts for itself; the folder lets any of them answer for all.
            os.environ.setdefault(METRICS_FOLDER, folder)
        uvicorn.run(
            factory,
            factory=True,
            host=host,
            port=port,
            workers=settings.workers,
            access_log=False,  # it halves the throughput; the metrics count every request
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )


def _add_probes(router: APIRouter, service: Service, telemetry: Telemetry) -> None:
    @router.get("/live")
    async def live() -> Status:
        """Tell that the process runs; restart it when this fails."""
        return Status(status="live")

    @router.get("/ready", responses=_problems(503))
    async def ready() -> Status:
        """Tell that the champion is verified; send no traffic before."""
        return Status(status="ready", model_version=service.champion.version)

    @router.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Return the Prometheus metrics."""
        content, media_type = telemetry.exposition()
        return Response(content, media_type=media_type)


def _add_predict(router: APIRouter, service: Service, body: type[PredictRequest]) -> None:
    @router.get("/v1/model", responses=_problems(503))
    async def model() -> ModelInfo:
        """Tell which model answers and where it comes from."""
        champion = service.champion
        facts = champion.bundle.contract.model_dump(include=set(ModelInfo.model_fields))
        return ModelInfo(version=champion.version, digest=champion.bundle.digest, **facts)

    # Not async: scoring takes milliseconds, and in a thread it keeps no probe waiting.
    # The type is a variable because its limit on rows is known only from the settings.
    @router.post("/v1/predict", responses=_problems(400, 413, 422, 503))
    def predict(request: body) -> PredictResponse:  # type: ignore[valid-type]
        """Answer rows in their order; keep an id to have its prediction explained."""
        return service.predict(request.rows)  # type: ignore[attr-defined]


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
