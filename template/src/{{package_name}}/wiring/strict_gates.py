"""A challenger has to clear more gates."""

from typing import TYPE_CHECKING

from . import deferred, sockets

if TYPE_CHECKING:
    from ..config import Settings
    from ..evaluation import Evidence
    from ..registry import Gate

sockets.options["strict_gates"] = "evaluation.strict:StrictSettings"


def judge(settings: "Settings", evidence: "Evidence") -> "list[Gate]":
    """Return the decisions of these gates, one of which trains anew."""
    build = deferred("training:build_pipeline")
    more = deferred("evaluation.strict:judge", "strict_gates")
    gates: list[Gate] = more(settings, evidence, build)
    return gates


sockets.judges.append(judge)
