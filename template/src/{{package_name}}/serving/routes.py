"""What the service answers to."""

from typing import Any

from fastapi import APIRouter, Response

from .ports import Telemetry
from .problems import MEDIA_TYPE
from .schemas import ModelInfo, PredictRequest, PredictResponse, Status
from .service import Service

PROBLEM_REF = "#/components/schemas/ProblemDetails"


def make_router(service: Service, telemetry: Telemetry, body: type[PredictRequest]) -> APIRouter:
    """Return the routes; `body` is the request model with its limit on rows."""
    router = APIRouter()
    _add_probes(router, service, telemetry)
    _add_predict(router, service, body)
    return router


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
    content = {MEDIA_TYPE: {"schema": {"$ref": PROBLEM_REF}}}
    return {status: {"description": "Problem details", "content": content} for status in statuses}
