"""A challenger has to clear more gates."""

from typing import TYPE_CHECKING, Any

from . import deferred, sockets

if TYPE_CHECKING:
    from ..config import Settings

sockets.options["strict_gates"] = "evaluation.strict:StrictSettings"


def judge(settings: "Settings", evidence: Any) -> Any:
    """Return the decisions of these gates, one of which trains anew."""
    build = deferred("training:build_pipeline")
    return deferred("evaluation.strict:judge", "strict_gates")(settings, evidence, build)


sockets.judges.append(judge)
