"""What the stand-in signs, a stranger can verify with its keys: certificates, entries, metadata."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from datetime import UTC, timedelta
from functools import partial
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from mlstamp.api import answering_with
from mlstamp.http import get, post
from mlstamp.sigstore import GITHUB
from mlstamp.sigstore.fulcio import ISSUER
from mlstamp.sigstore.keys import Key
from mlstamp.sigstore.server import Sigstore, reply
from mlstamp.stand_in import serving

WORKFLOW = "acme/song/.github/workflows/release.yml@refs/tags/v1"
ASKED = f"/token?job_workflow_ref={WORKFLOW}&iss={GITHUB}&audience="
UTF8 = 12  # the tag of a text in DER
ENTRIES = "/api/v1/log/entries"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def made() -> Sigstore:
    return Sigstore("http://sigstore.test:8080")


def known(made: Sigstore, name: str) -> Json:
    """Return a target of its repository, found as a client finds it."""
    about = tuf(made, "1.targets.json")["targets"][name]
    content = made.get(f"/tuf/targets/{about['hashes']['sha256']}.{name}") or b""
    assert hashlib.sha256(content).hexdigest() == about["hashes"]["sha256"]
    assert len(content) == about["length"]
    return dict(json.loads(content))


def tuf(made: Sigstore, name: str) -> Json:
    """Return what a file of its repository says, once its signature is verified."""
    root = json.loads(made.get("/tuf/1.root.json") or b"")["signed"]
    file = json.loads(made.get(f"/tuf/{name}") or b"")
    [signature], signed = file["signatures"], file["signed"]
    assert signature["keyid"] in root["roles"][signed["_type"]]["keyids"]
    public = bytes.fromhex(root["keys"][signature["keyid"]]["keyval"]["public"])
    plain = json.dumps(signed, sort_keys=True, separators=(",", ":")).encode()
    Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(signature["sig"]), plain)
    return dict(signed)


def verify(log: Json, signature: bytes, content: bytes) -> None:
    """Raise InvalidSignature unless the key of a log signed this."""
    public = load_der_public_key(base64.b64decode(log["publicKey"]["rawBytes"]))
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, content, ec.ECDSA(hashes.SHA256()))


def certificate(made: Sigstore) -> x509.Certificate:
    token = json.loads(made.get(f"{ASKED}sigstore") or b"")["value"]
    status, said, _ = made.post("/api/v2/signingCert", token, wish())
    assert status == 200
    chain: Any = said["signedCertificateEmbeddedSct"]
    first, own = (
        x509.load_pem_x509_certificate(p.encode()) for p in chain["chain"]["certificates"]
    )
    first.verify_directly_issued_by(own)
    return first


def wish() -> Json:
    pem = f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(Key().der).decode()}\n"
    return {"publicKeyRequest": {"publicKey": {"content": f"{pem}-----END PUBLIC KEY-----\n"}}}


def test_the_repository_names_one_authority_and_both_logs_where_they_answer(made: Sigstore) -> None:
    assert tuf(made, "timestamp.json")["meta"]["snapshot.json"]["version"] == 1
    assert tuf(made, "1.snapshot.json")["meta"]["targets.json"]["version"] == 1
    trusted, asked = known(made, "trusted_root.json"), known(made, "signing_config.v0.2.json")
    assert len(trusted["certificateAuthorities"]) == len(trusted["tlogs"]) == 1
    assert trusted["ctlogs"] != trusted["tlogs"]
    assert [one["url"] for one in asked["caUrls"]] == ["http://sigstore.test:8080"]


def test_a_certificate_says_whose_it_is_who_says_so_and_for_how_long(made: Sigstore) -> None:
    one = certificate(made)
    who = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert who.get_values_for_type(x509.UniformResourceIdentifier) == [
        f"https://github.com/{WORKFLOW}"
    ]
    said = one.extensions.get_extension_for_oid(ISSUER).value.public_bytes()
    assert said == bytes([UTF8, len(GITHUB)]) + GITHUB.encode()
    assert one.not_valid_after_utc - one.not_valid_before_utc == timedelta(minutes=10)


def test_the_log_of_certificates_promises_the_very_one_that_is_given(made: Sigstore) -> None:
    one, trusted = certificate(made), known(made, "trusted_root.json")
    of = x509.PrecertificateSignedCertificateTimestamps
    [promise] = one.extensions.get_extension_for_class(of).value
    [log], [authority] = trusted["ctlogs"], trusted["certificateAuthorities"]
    own = base64.b64decode(authority["certChain"]["certificates"][0]["rawBytes"])
    public = x509.load_der_x509_certificate(own).public_key()
    key = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    when = struct.pack(">Q", round(promise.timestamp.replace(tzinfo=UTC).timestamp() * 1000))
    body = one.tbs_precertificate_bytes
    entry = hashlib.sha256(key).digest() + struct.pack(">I", len(body))[1:] + body
    verify(log, promise.signature, b"\0\0" + when + b"\0\1" + entry + b"\0\0")
    assert promise.log_id == base64.b64decode(log["logId"]["keyId"])


@pytest.mark.parametrize("audience", ["sts.amazonaws.com", ""])
def test_a_token_for_somebody_else_certifies_nothing(made: Sigstore, audience: str) -> None:
    token = json.loads(made.get(ASKED + audience) or b"")["value"]
    assert made.post("/api/v2/signingCert", token, wish())[0] == 401
    assert made.post("/api/v2/signingCert", f"{token}x", wish())[0] == 401


def test_the_log_proves_that_it_has_what_it_was_given(made: Sigstore) -> None:
    envelope = {"payload": "e30=", "signatures": [{"sig": "c2ln"}]}
    proposed = {"envelope": json.dumps(envelope), "verifiers": ["cGVt"]}
    status, said, name = made.post(ENTRIES, "", {"spec": {"proposedContent": proposed}})
    entry: Any = said[name]
    body, proofs = base64.b64decode(entry["body"]), entry.pop("verification")
    spec = json.loads(body)["spec"]
    assert (status, spec["signatures"]) == (201, [{"signature": "c2ln", "verifier": "cGVt"}])
    assert spec["payloadHash"]["value"] == hashlib.sha256(b"{}").hexdigest()
    [log] = known(made, "trusted_root.json")["tlogs"]
    promised = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
    verify(log, base64.b64decode(proofs["signedEntryTimestamp"]), promised)
    root = hashlib.sha256(b"\0" + body).digest()
    note, _, signature = proofs["inclusionProof"]["checkpoint"].partition("\n\n")
    assert note == f"sigstore.test - 1\n1\n{base64.b64encode(root).decode()}"
    signed = base64.b64decode(signature.split()[-1])
    assert signed[:4] == base64.b64decode(log["logId"]["keyId"])[:4]
    verify(log, signed[4:], f"{note}\n".encode())


def test_two_entries_have_two_places(made: Sigstore) -> None:
    content = {"envelope": '{"payload": "", "signatures": [{"sig": ""}]}', "verifiers": [""]}
    said = [made.post(ENTRIES, "", {"spec": {"proposedContent": content}}) for _ in range(2)]
    entries: list[Any] = [entry[name] for _, entry, name in said]
    places = [one["logIndex"] for one in entries]
    assert places[1] == places[0] + 1 > 1


def test_over_http_it_answers_what_it_knows_and_nothing_else(made: Sigstore) -> None:
    with serving(answering_with(partial(reply, made))) as url:
        assert get(f"{url}/tuf/1.root.json").body == made.get("/tuf/1.root.json")
        assert get(f"{url}/tuf/2.root.json").status == 404
        token = get(url + ASKED + "sigstore").json()["value"]
        assert post(f"{url}/api/v2/signingCert", wish(), token=token).status == 200
        assert post(f"{url}/api/v2/else", {}).status == 404
