"""Stands in for Azure, as far as `az` asks it: Entra ID, one subscription, its registry, a cluster.

`az` is the real one. A proxy leads the names of Azure's hosts here, so that nothing of a project
has to know that it is played. Each token is for one service, which lets in nobody without it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .api import Reply, Request, answering_with, in_json
from .stand_in import certified, serving
from .tunnel import tunnel

PACKAGE = "azure-cli==2.91.0"
LOGIN, MANAGEMENT = "login.microsoftonline.com", "management.azure.com"
TENANT = "00000000-0000-0000-0000-00000000000a"
CLIENT = "00000000-0000-0000-0000-00000000000b"
SUBSCRIPTION = "00000000-0000-0000-0000-00000000000c"
# Whom a token is for, as `az` asks for it: the management, each registry, each cluster.
MANAGES, STORES = "https://management.core.windows.net/", "https://containerregistry.azure.net"
RUNS = "6dae42f8-4368-4678-94ff-3960e28e3630"
Json = dict[str, Any]


def token(whom: str) -> str:
    """Return what a service of Azure lets in."""
    return base64.urlsafe_b64encode(f"for {whom}".encode()).decode().rstrip("=")


@dataclass
class Azure:
    """One tenant, who is known there and by which identity, and what belongs to it."""

    identity: str
    registry: str = "acmechurn"
    password: str = ""  # what the registry gives for a token, and what it asks for then
    cluster: str = ""
    kubeconfig: Json = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    @property
    def store(self) -> str:
        """The host of the registry."""
        return f"{self.registry}.azurecr.io"

    def answer(self, request: Request) -> Reply:
        """Return what a host of Azure says."""
        self.asked.append(f"{request.method} {request.host}{request.path}")
        hosts = {LOGIN: self._login, MANAGEMENT: self._manage, self.store: self._store}
        found = hosts[request.host](request) if request.host in hosts else None
        return found or in_json({"error": {"code": "NotFound", "message": request.url}}, 404)

    def _login(self, request: Request) -> Reply | None:
        """Entra ID: a token for who shows the identity, of this client, in this tenant."""
        here = f"https://{LOGIN}/{TENANT}"
        if request.path == f"/{TENANT}/v2.0/.well-known/openid-configuration":
            ends = {
                f"{name}_endpoint": f"{here}/oauth2/v2.0/{name}" for name in ("token", "authorize")
            }
            return in_json({"issuer": f"{here}/v2.0", "authorization_endpoint": "", **ends})
        if request.path != f"/{TENANT}/oauth2/v2.0/token":
            return None
        form = request.form
        if (form.get("client_id"), form.get("client_assertion")) != (CLIENT, self.identity):
            wrong = {"error": "invalid_client", "error_description": "AADSTS700213: nobody we know"}
            return in_json(wrong, 401)
        given = token(form["scope"].removesuffix("/.default"))
        return in_json({"token_type": "Bearer", "expires_in": 3600, "access_token": given})

    def _manage(self, request: Request) -> Reply | None:
        """What this identity may read: the subscription, and how to reach a cluster."""
        if request.authorization != f"Bearer {token(MANAGES)}":
            return in_json({"error": {"code": "AuthenticationFailed", "message": "who?"}}, 401)
        where = f"/subscriptions/{SUBSCRIPTION}"
        about = {"id": where, "subscriptionId": SUBSCRIPTION, "tenantId": TENANT}
        group = f"{where}/resourceGroups/acme/providers/Microsoft.ContainerService"
        made = base64.b64encode(json.dumps(self.kubeconfig).encode()).decode()
        known: Mapping[str, Json] = {
            "/subscriptions": {"value": [about | {"displayName": "acme", "state": "Enabled"}]},
            f"{where}/resources": {"value": []},  # who may push needs not see the registry
            f"{group}/managedClusters/{self.cluster}/listClusterUserCredential": {
                "kubeconfigs": [{"name": "clusterUser", "value": made}]
            },
        }
        return in_json(known[request.path]) if request.path in known else None

    def _store(self, request: Request) -> Reply | None:
        """A registry: a token of Azure for its own, and this one for who is to be let in."""
        if request.path == "/v2/":
            there = f'Bearer realm="https://{self.store}/oauth2/token",service="{self.store}"'
            known = request.authorization == f"Bearer {self.password}"
            headers = {"Docker-Distribution-Api-Version": "registry/2.0"}
            asks = headers | {"WWW-Authenticate": there}
            return in_json({}, 200, **headers) if known else in_json({}, 401, **asks)
        if request.path == "/oauth2/exchange":
            good = request.form.get("access_token") == token(STORES)
            return in_json({"refresh_token": self.password}) if good else in_json({}, 401)
        if request.path != "/oauth2/token":
            return None
        said = base64.b64decode(request.authorization.removeprefix("Basic ")).decode()
        self.logins.append(said)
        good = said.endswith(f":{self.password}")
        return in_json({"access_token": self.password}) if good else in_json({}, 401)


@contextmanager
def reachable(cloud: Azure, folder: Path) -> Iterator[dict[str, str]]:
    """Yield the variables that lead `az`, and who it calls, to this Azure until the block ends."""
    hosts = (LOGIN, MANAGEMENT, cloud.store)
    shown = certified(folder, ",".join(f"DNS:{host}" for host in hosts))
    with (
        serving(answering_with(cloud.answer), shown) as url,
        tunnel(int(url.rpartition(":")[2]), *hosts) as proxy,
    ):
        trusted = dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), str(shown[0]))
        own = {"AZURE_CONFIG_DIR": str(folder / "azure"), "AZURE_CORE_COLLECT_TELEMETRY": "no"}
        yield {"HTTPS_PROXY": proxy, **trusted, **own}
