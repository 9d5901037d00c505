"""An Azure that is played gives nobody what it would not give: each token is for one service."""

from __future__ import annotations

import base64
import json
from email.message import Message
from urllib.parse import urlencode

import pytest

from mlstamp.api import Reply, Request
from mlstamp.azure import (
    CLIENT,
    LOGIN,
    MANAGEMENT,
    MANAGES,
    RUNS,
    STORES,
    SUBSCRIPTION,
    TENANT,
    Azure,
    token,
)

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/acme/providers/Microsoft.ContainerService"
PASSWORD = "of-this-hour"  # noqa: S105 - of a registry that is played
CREDENTIAL = f"{GROUP}/managedClusters/ours/listClusterUserCredential"


@pytest.fixture
def cloud() -> Azure:
    return Azure("a job", password=PASSWORD, cluster="ours", kubeconfig={"kind": "Config"})


def ask(cloud: Azure, host: str, path: str, shown: str = "", **form: str) -> Reply:
    headers = Message()
    headers["Host"], headers["Authorization"] = host, shown
    method = "POST" if form else "GET"
    return cloud.answer(Request(method, path, headers, urlencode(form).encode()))


def log_in(cloud: Azure, **other: str) -> Reply:
    form = {"client_id": CLIENT, "client_assertion": "a job", "scope": f"{RUNS}/.default"}
    return ask(cloud, LOGIN, f"/{TENANT}/oauth2/v2.0/token", **{**form, **other})


def test_whoever_shows_the_identity_gets_a_token_for_what_it_asks(cloud: Azure) -> None:
    assert json.loads(log_in(cloud).body)["access_token"] == token(RUNS)
    stores = log_in(cloud, scope=f"{STORES}/.default")
    assert json.loads(stores.body)["access_token"] == token(STORES) != token(RUNS)


@pytest.mark.parametrize("other", [{"client_id": "another"}, {"client_assertion": "a fork"}])
def test_another_identity_gets_none(cloud: Azure, other: dict[str, str]) -> None:
    refused = log_in(cloud, **other)
    assert refused.status == 401
    assert b"AADSTS" in refused.body


def test_only_a_token_for_the_management_reads_what_is_there(cloud: Azure) -> None:
    let_in = ask(cloud, MANAGEMENT, CREDENTIAL, f"Bearer {token(MANAGES)}")
    (given,) = json.loads(let_in.body)["kubeconfigs"]
    assert json.loads(base64.b64decode(given["value"])) == {"kind": "Config"}
    assert ask(cloud, MANAGEMENT, CREDENTIAL, f"Bearer {token(RUNS)}").status == 401
    assert ask(cloud, MANAGEMENT, CREDENTIAL).status == 401


def test_another_cluster_tenant_or_host_is_not_found(cloud: Azure) -> None:
    shown = f"Bearer {token(MANAGES)}"
    assert ask(cloud, MANAGEMENT, CREDENTIAL.replace("ours", "theirs"), shown).status == 404
    assert ask(cloud, LOGIN, "/another/oauth2/v2.0/token").status == 404
    assert ask(cloud, "graph.microsoft.com", "/").status == 404
    assert ask(cloud, cloud.store, "/v3/").status == 404
    assert cloud.asked[-2:] == ["GET graph.microsoft.com/", f"GET {cloud.store}/v3/"]


def test_the_registry_gives_its_password_for_its_own_token(cloud: Azure) -> None:
    given = ask(cloud, cloud.store, "/oauth2/exchange", access_token=token(STORES))
    assert json.loads(given.body) == {"refresh_token": PASSWORD}
    other = ask(cloud, cloud.store, "/oauth2/exchange", access_token=token(MANAGES))
    assert other.status == 401


def test_the_registry_lets_in_who_shows_its_password_and_notes_who_tried(cloud: Azure) -> None:
    assert ask(cloud, cloud.store, "/v2/").status == 401
    assert ask(cloud, cloud.store, "/v2/", f"Bearer {PASSWORD}").status == 200
    for said, status in (("nobody:of-this-hour", 200), ("nobody:other", 401)):
        shown = "Basic " + base64.b64encode(said.encode()).decode()
        assert ask(cloud, cloud.store, "/oauth2/token", shown).status == status
    assert cloud.logins == ["nobody:of-this-hour", "nobody:other"]
