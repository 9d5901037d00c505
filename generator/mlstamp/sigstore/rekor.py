"""What was signed, for all to see: a log in which every entry is a tree of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any

from .keys import Json, Key, text
from .tuf import plain


class Rekor:
    """A log for one run, of the first version of the protocol."""

    def __init__(self, origin: str) -> None:
        """Make the key; the origin is the name that the log signs with."""
        self.origin, self.key, self.count = origin, Key(), 0

    def add(self, proposed: dict[str, Any]) -> tuple[str, Json]:
        """Take an entry of the kind `dsse` in; return its id, and the entry with its proofs."""
        self.count += 1
        body = plain(_entry(proposed["spec"]["proposedContent"]))
        entry: Json = {
            "body": text(body),
            "integratedTime": int(time.time()),
            "logID": self.key.id.hex(),
            "logIndex": self.count,
        }
        root = hashlib.sha256(b"\0" + body).digest()
        tree = {"logIndex": 0, "treeSize": 1, "rootHash": root.hex(), "hashes": []}
        proof = tree | {"checkpoint": self._checkpoint(root)}
        promise = text(self.key.sign(plain(entry)))
        proofs = {"inclusionProof": proof, "signedEntryTimestamp": promise}
        return root.hex(), entry | {"verification": proofs}

    def _checkpoint(self, root: bytes) -> str:
        note = f"{self.origin} - 1\n1\n{text(root)}\n"
        signature = text(self.key.id[:4] + self.key.sign(note.encode()))
        return f"{note}\n\N{EM DASH} {self.origin} {signature}\n"


def _entry(proposed: dict[str, Any]) -> Json:
    """Return what the log keeps of an envelope: its hashes, and who signed it."""
    envelope = json.loads(proposed["envelope"])
    [verifier], [signature] = proposed["verifiers"], envelope["signatures"]
    spec = {
        "envelopeHash": _sha256(proposed["envelope"].encode()),
        "payloadHash": _sha256(base64.b64decode(envelope["payload"])),
        "signatures": [{"signature": signature["sig"], "verifier": verifier}],
    }
    return {"apiVersion": "0.0.1", "kind": "dsse", "spec": spec}


def _sha256(content: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}
