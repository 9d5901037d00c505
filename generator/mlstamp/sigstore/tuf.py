"""How cosign learns whom to trust, and whom to ask: a repository of TUF with one key."""

from __future__ import annotations

import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .keys import ENDS, Json, stamp

ROLES = ("root", "snapshot", "targets", "timestamp")
ROOT = "1.root.json"


def repository(targets: dict[str, Json]) -> dict[str, bytes]:
    """Return the files of a repository that holds these, by their path."""
    signer, contents = Signer(), {name: plain(content) for name, content in targets.items()}
    about: Json = {
        name: {"length": len(content), "hashes": {"sha256": _sha256(content)}}
        for name, content in contents.items()
    }
    return {
        ROOT: signer.sign("root", signer.trusted()),
        "1.targets.json": signer.sign("targets", {"targets": about}),
        "1.snapshot.json": signer.sign("snapshot", {"meta": {"targets.json": {"version": 1}}}),
        "timestamp.json": signer.sign("timestamp", {"meta": {"snapshot.json": {"version": 1}}}),
        **{f"targets/{_sha256(content)}.{name}": content for name, content in contents.items()},
    }


class Signer:
    """Whoever has all the roles."""

    def __init__(self) -> None:
        """Make the key."""
        self.private = Ed25519PrivateKey.generate()
        public = self.private.public_key().public_bytes_raw().hex()
        self.public: Json = {
            "keytype": "ed25519",
            "scheme": "ed25519",
            "keyval": {"public": public},
        }
        self.id = _sha256(plain(self.public))

    def trusted(self) -> Json:
        """Return what says that this key has every role."""
        roles = {role: {"keyids": [self.id], "threshold": 1} for role in ROLES}
        return {"consistent_snapshot": True, "keys": {self.id: self.public}, "roles": roles}

    def sign(self, role: str, content: Json) -> bytes:
        """Return the file of a role."""
        about = {"_type": role, "spec_version": "1.0.31", "version": 1, "expires": stamp(ENDS)}
        signed = about | content
        signature = {"keyid": self.id, "sig": self.private.sign(plain(signed)).hex()}
        return plain({"signed": signed, "signatures": [signature]})


def plain(content: Json) -> bytes:
    """Return JSON in the one form that is signed; no text in it has a line break."""
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
