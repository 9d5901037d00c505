"""The server: the tokens of a workflow, Fulcio, Rekor, and the repository that names them."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

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


def handler(made: Sigstore) -> type[BaseHTTPRequestHandler]:
    """Return what answers for it over HTTP."""

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = made.get(self.path)
            self._answer(404 if content is None else 200, content or b"")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, content, name = made.post(self.path, token, body)
            self._answer(status, json.dumps(content).encode(), name)

        def _answer(self, status: int, body: bytes, name: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if name:
                self.send_header("ETag", name)
                self.send_header("Location", f"{self.path}/{name}")
            self.end_headers()
            self.wfile.write(body)

    return Api


def main(port: int) -> None:
    """Answer at this port until the process ends."""
    made = Sigstore(f"http://127.0.0.1:{port}")
    ThreadingHTTPServer(("127.0.0.1", port), handler(made)).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
