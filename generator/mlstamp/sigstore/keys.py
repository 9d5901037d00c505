"""A key of a service, and how a trusted root names the log that signs with it."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Json = dict[str, object]
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)  # clocks may differ
ENDS = BEGAN + timedelta(days=2)


class Key:
    """An ECDSA key on P-256, which lives as long as this process."""

    def __init__(self) -> None:
        """Make a key."""
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.public = self.private.public_key()
        self.der = self.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.id = hashlib.sha256(self.der).digest()

    def sign(self, content: bytes) -> bytes:
        """Return a signature of the SHA-256 of bytes, in DER."""
        return self.private.sign(content, ec.ECDSA(hashes.SHA256()))

    def log(self, url: str) -> Json:
        """Return how a trusted root names a log that signs with this key."""
        public = {"rawBytes": text(self.der), "keyDetails": "PKIX_ECDSA_P256_SHA_256"}
        return {
            "baseUrl": url,
            "hashAlgorithm": "SHA2_256",
            "publicKey": public | {"validFor": {"start": stamp(BEGAN)}},
            "logId": {"keyId": text(self.id)},
        }


def text(content: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(content).decode()


def stamp(when: datetime) -> str:
    """Return a time as TUF and Sigstore write it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
