"""The server: the tokens of a workflow, Fulcio, Rekor, and the repository that names them."""

from __future__ import annotations

import json
import sys
from functools import partial
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..api import Reply, Request, answering_with, in_json
from .fulcio import Fulcio
from .keys import BEGAN, Json, stamp
from .rekor import Rekor
from .tuf import repository

MEDIA = "application/vnd.dev.sigstore."


class Sigstore:
    """All its parts at one address."""

    def __init__(self, url: str) -> None:
        """Make keys that nobody else has, and the repository that says so."""
        self.fulcio, self.rekor = Fulcio(), Rekor(urlsplit(url).hostname or "")
        known = {"trusted_root.json": self._trusted(url), "signing_config.v0.2.json": _asked(url)}
        self.files = {f"/tuf/{name}": content for name, content in repository(known).items()}

    def get(self, path: str) -> bytes | None:
        """Return a file of the repository, or a token with the claims that a query names."""
        asked = urlsplit(path)
        if asked.path != "/token":
            return self.files.get(asked.path)
        query = dict(parse_qsl(asked.query))
        claims = {"aud": query.pop("audience", ""), **query}
        return json.dumps({"value": self.fulcio.token(claims)}).encode()

    def post(self, path: str, token: str, body: Any) -> tuple[int, Json, str]:
        """Return the status, the content and the id of what was made."""
        if path == "/api/v2/signingCert":
            try:
                made = self.fulcio.certify(token, body["publicKeyRequest"]["publicKey"]["content"])
            except PermissionError as error:
                return 401, {"message": str(error)}, ""
            return 200, {"signedCertificateEmbeddedSct": {"chain": {"certificates": made}}}, ""
        if path == "/api/v1/log/entries":
            name, entry = self.rekor.add(body)
            return 201, {name: entry}, name
        return 404, {}, ""

    def _trusted(self, url: str) -> Json:
        return {
            "mediaType": f"{MEDIA}trustedroot+json;version=0.1",
            "certificateAuthorities": [self.fulcio.trusted(url)],
            "ctlogs": [self.fulcio.log.log(url)],
            "tlogs": [self.rekor.key.log(url)],
        }


def _asked(url: str) -> Json:
    """Return which services cosign is to ask."""
    valid = {"majorApiVersion": 1, "validFor": {"start": stamp(BEGAN)}, "operator": "acme"}
    service = {"url": url} | valid
    return {
        "mediaType": f"{MEDIA}signingconfig.v0.2+json",
        "caUrls": [service],
        "rekorTlogUrls": [service],
        "rekorTlogConfig": {"selector": "ANY"},
        "tsaConfig": {},
    }


def reply(made: Sigstore, asked: Request) -> Reply:
    """Return what it says, over HTTP."""
    if asked.method == "GET":
        content = made.get(asked.url)
        return Reply(404 if content is None else 200, content or b"")
    token = asked.authorization.removeprefix("Bearer ")
    status, answer, name = made.post(asked.url, token, asked.json())
    where = {"ETag": name, "Location": f"{asked.url}/{name}"} if name else {}
    return in_json(answer, status, **where)


def main(port: int) -> None:
    """Answer at this port until the process ends."""
    made = Sigstore(f"http://127.0.0.1:{port}")
    ThreadingHTTPServer(("127.0.0.1", port), answering_with(partial(reply, made))).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
