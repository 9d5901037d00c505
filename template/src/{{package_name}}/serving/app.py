"""The prediction service as an ASGI application."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema
from starlette.middleware import Middleware

from ..config import Settings
from .limits import BodyLimit
from .ports import Log, Telemetry
from .problems import install
from .routes import make_router
from .schemas import ProblemDetails, predict_request
from .service import Service
from .timing import Timing

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
    router = make_router(service, telemetry, predict_request(limits.max_rows))
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
