"""Who somebody is: tokens that say so, and certificates for the keys of whoever has one."""

from __future__ import annotations

import base64
import json
import secrets
import struct
import time
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.asn1 import encode_der
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from . import HOST
from .keys import BEGAN, ENDS, Json, Key, stamp, text

AUDIENCE = "sigstore"  # a token for anybody else is refused
LIFE = timedelta(minutes=10)
ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
PROMISED = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")  # by the log of certificates
PRECERTIFICATE, ECDSA_SHA256 = 1, b"\x04\x03"
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fulcio")])


class Fulcio:
    """An authority for one run, with its log of certificates."""

    def __init__(self) -> None:
        """Make both keys, and the certificate of the authority."""
        self.key, self.log = Key(), Key()
        self.tokens: dict[str, dict[str, str]] = {}
        own = _builder(NAME, self.key.public, BEGAN, ENDS)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.own = self._signed(own)

    def token(self, claims: dict[str, str]) -> str:
        """Return a token with these claims."""
        said = claims | {"sub": claims["job_workflow_ref"], "exp": int(time.time()) + 600}
        made = ".".join(map(_part, ({"alg": "none"}, said, {"once": secrets.token_hex(8)})))
        self.tokens[made] = claims
        return made

    def certify(self, token: str, key: str) -> list[str]:
        """Return the certificate of a key and the authority's, all PEM.

        Raises PermissionError for a token of somebody else, or for somebody else.
        """
        claims = self.tokens.get(token, {})
        if claims.get("aud") != AUDIENCE:
            raise PermissionError("no token of this run, for this service")
        public, now = load_pem_public_key(key.encode()), datetime.now(UTC)
        assert isinstance(public, ec.EllipticCurvePublicKey)  # noqa: S101 - all that cosign makes
        builder = _builder(x509.Name([]), public, now, now + LIFE)
        identity = claims["job_workflow_ref"]
        identity = identity if "://" in identity else HOST + identity  # GitHub names no host
        builder = _identified(builder, identity, claims["iss"])
        promise = self._promise(self._signed(builder).tbs_certificate_bytes)
        made = builder.add_extension(x509.UnrecognizedExtension(PROMISED, promise), critical=False)
        return [one.public_bytes(Encoding.PEM).decode() for one in (self._signed(made), self.own)]

    def trusted(self, url: str) -> Json:
        """Return how a trusted root names this authority."""
        chain = [{"rawBytes": text(self.own.public_bytes(Encoding.DER))}]
        return {
            "subject": {"organization": "acme", "commonName": "fulcio"},
            "uri": url,
            "certChain": {"certificates": chain},
            "validFor": {"start": stamp(BEGAN)},
        }

    def _signed(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        return builder.issuer_name(NAME).sign(self.key.private, hashes.SHA256())

    def _promise(self, certificate: bytes) -> bytes:
        """Return what the log says of a certificate that lacks just this extension (RFC 6962)."""
        when = struct.pack(">Q", int(time.time() * 1000))
        entry = struct.pack(">H", PRECERTIFICATE) + self.key.id + _sized(certificate, 3)
        signature = self.log.sign(b"\0\0" + when + entry + _sized(b""))
        said = b"\0" + self.log.id + when + _sized(b"") + ECDSA_SHA256 + _sized(signature)
        return encode_der(_sized(_sized(said)))


def _builder(
    name: x509.Name, public: ec.EllipticCurvePublicKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder().subject_name(name).public_key(public)
    made = made.serial_number(x509.random_serial_number())
    return made.not_valid_before(start).not_valid_after(end)


def _identified(
    builder: x509.CertificateBuilder, identity: str, issuer: str
) -> x509.CertificateBuilder:
    """Say in a certificate whose it is, and who says so."""
    who = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)])
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
    said = x509.UnrecognizedExtension(ISSUER, encode_der(issuer))
    builder = builder.add_extension(who, critical=True).add_extension(purpose, critical=False)
    return builder.add_extension(said, critical=False)


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _sized(content: bytes, width: int = 2) -> bytes:
    """Return bytes after their number, as TLS writes them."""
    return len(content).to_bytes(width, "big") + content
