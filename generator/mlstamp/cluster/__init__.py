"""A cluster of our own: as much of the Kubernetes API as kubectl needs to read and deploy."""

from __future__ import annotations

import copy
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from ..api import Api, Request, in_json
from ..stand_in import serving
from . import rollouts
from .discovery import ARGO_ROLLOUTS, KUBERNETES, Json, Place, Resource, documents, place
from .forward import Address, Forward
from .objects import Answer, Objects, failure

FORWARD = "portforward"


@dataclass
class Cluster:
    """What is in it, what it was asked for, and where the pods of an image really answer."""

    resources: tuple[Resource, ...] = KUBERNETES
    url: str = ""
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)  # by namespace and name
    objects: Objects = field(default_factory=Objects)
    asked: list[str] = field(default_factory=list)
    behind: dict[str, Address] = field(default_factory=dict)
    analyst: rollouts.Analyst = rollouts.nobody
    admits: str = ""  # a pattern for the token of those who may ask; without one, all may

    def __post_init__(self) -> None:
        """Say what there is; one request is answered at a time."""
        self.documents, self.turn = documents(self.resources), threading.Lock()

    def knows(self, authorization: str) -> bool:
        """Tell whether somebody who shows this may ask."""
        return not self.admits or bool(re.fullmatch(f"Bearer {self.admits}", authorization))

    def answer(self, verb: str, url: str, body: Json) -> Answer:
        """Return the status and the body for a request."""
        parts = urlsplit(url)
        if parts.path in self.documents:
            return 200, self.documents[parts.path]
        where = place(parts.path, self.resources)
        if where is None:
            return failure(404, "NotFound", f"{parts.path} not found")
        if where.resource.kind == "Secret":
            return self._secret(where)
        with self.turn:
            said = self._object(verb, where, dict(parse_qsl(parts.query)), body)
        if verb == "GET" and where.resource is ARGO_ROLLOUTS and not where.part:
            said = copy.deepcopy(said)  # as it was before the controller looks
            self.settle(where.namespace)
        return said

    def settle(self, namespace: str) -> None:
        """Let the controller of Argo Rollouts have a look."""
        with self.turn:
            rollouts.look(self.objects, namespace, self.analyst)

    def _object(self, verb: str, where: Place, query: dict[str, str], body: Json) -> Answer:
        if verb == "GET":
            return self.objects.get(where, query)
        if verb == "POST":
            gone = failure(404, "NotFound", f"no pod answers at {where}")
            return gone if where.part else self.objects.create(where, body)
        if verb == "PATCH":
            return self.objects.patch(where, body)
        return self.objects.delete(where)

    def _secret(self, where: Place) -> Answer:
        if (data := self.secrets.get(f"{where.namespace}/{where.name}")) is None:
            return failure(404, "NotFound", f'secrets "{where.name}" not found')
        about = {"name": where.name, "namespace": where.namespace}
        return 200, {"kind": "Secret", "apiVersion": "v1", "metadata": about, "data": data}

    def pod(self, path: str) -> Address | None:
        """Return where the pod really answers whose port a path forwards."""
        where = place(path, self.resources)
        if where is None or where.part != FORWARD:
            return None
        _, found = self.objects.get(where, {})
        containers = found.get("spec", {}).get("containers", [{}])
        return self.behind.get(containers[0].get("image", ""))

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
def cluster(
    *more: Resource, admits: str = "", shown: tuple[Path, Path] | None = None
) -> Iterator[Cluster]:
    """Yield a cluster without anything in it, which answers until the block ends."""
    made = Cluster((*KUBERNETES, *more), admits=admits)
    with serving(handler(made), shown) as made.url:
        yield made


def handler(made: Cluster) -> type[Api]:
    """Return what answers requests for a cluster."""

    class Server(Api):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def respond(self, request: Request) -> None:
            """Answer, or become a connection to a pod."""
            made.asked.append(f"{request.method} {request.path}")
            if not made.knows(request.authorization):
                self.say(*failure(401, "Unauthorized", "Unauthorized"))
            elif request.method == "POST" and (address := made.pod(request.url)):
                self.forward(address)
            else:
                self.say(*made.answer(request.method, request.url, request.json()))

        def say(self, status: int, content: Json) -> None:
            self.send(in_json(content, status))

        def forward(self, address: Address) -> None:
            self.send_response(101)
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "SPDY/3.1")
            self.send_header("X-Stream-Protocol-Version", "portforward.k8s.io")
            self.end_headers()
            self.close_connection = True
            Forward(self.rfile, self.wfile, address).run()

    return Server
