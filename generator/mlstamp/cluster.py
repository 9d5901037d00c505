"""A cluster of our own: what of the Kubernetes API kubectl reads before it changes anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from .stand_in import serving

SECRETS = {"name": "secrets", "singularName": "", "namespaced": True, "kind": "Secret"}
# What kubectl has to know of a server before it asks it for anything.
DISCOVERY: dict[str, dict[str, Any]] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [{**SECRETS, "verbs": ["get", "list"]}],
    },
}


@dataclass
class Cluster:
    """Its secrets, by namespace and name, with their keys; and what it was asked for."""

    url: str = ""
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the body for a path."""
        if path in DISCOVERY:
            return 200, DISCOVERY[path]
        namespace, _, name = path.removeprefix("/api/v1/namespaces/").partition("/secrets/")
        if (data := self.secrets.get(f"{namespace}/{name}")) is None:
            gone = {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}
            return 404, {**gone, "apiVersion": "v1", "message": f"{path} not found"}
        about = {"name": name, "namespace": namespace}
        return 200, {"kind": "Secret", "apiVersion": "v1", "metadata": about, "data": data}

    def configuration(self, folder: Path, context: str) -> dict[str, str]:
        """Write what makes kubectl find it by this context; return the variables that say so."""
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "ours", "cluster": {"server": self.url}}],
            "contexts": [{"name": context, "context": {"cluster": "ours", "user": ""}}],
        }
        path = folder / "kubeconfig.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return {"KUBECONFIG": str(path), "KUBECACHEDIR": str(folder / "kubecache")}


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Yield a cluster without anything in it, which answers until the block ends."""
    made = Cluster()
    with serving(_handler(made)) as made.url:
        yield made


def _handler(made: Cluster) -> type[BaseHTTPRequestHandler]:
    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            made.asked.append(f"{self.command} {path}")
            status, content = made.answer(path)
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - as http.server has it

        def log_message(self, *_: Any) -> None:
            """Say nothing: `asked` tells what it was asked for."""

    return Api
