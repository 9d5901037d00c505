"""Requests that nobody in his senses would send: each gets an answer, and none an excuse."""

from __future__ import annotations

import http.client
import json
import random
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from ..errors import StepFailed
from ..http import post
from ..load import connect, send
from .base import Check, NotVerified, Subject, expect, listing
from .runtime import fault_of, replay

SCHEMATHESIS = "schemathesis==4.32.5"
MUTANTS, HEADS = 2_000, 60
EXAMPLES = 40  # of each operation
SCRAPS = (b"", b"\x00", b"\xff", b'"', b"{", b"}", b"[", b"]", b",", b"1e999", b"null", b"\\u0000")


class Bytes(Check):
    """Requests with bytes changed at random are answered or refused, never with an excuse."""

    id = "reliability.bytes"
    requires = ("runtime.serving",)
    only_for = ("default", "minimal")

    def run(self, subject: Subject) -> None:
        """A broken request breaks the service, or makes it show what is inside."""
        body = json.dumps({"rows": replay(subject)["rows"][:2]}).encode()
        dice = random.Random(0)  # noqa: S311 - the same each time, and no secret
        with subject.project.serving() as service:
            place = urlsplit(service.url).netloc
            faults = list(broken_bodies(place, body, dice))
            faults += broken_heads(place, body, dice)
            status = post(f"{service.url}/v1/predict", body).status
            text = service.log.read_text(encoding="utf-8", errors="replace")
        expect(not faults, listing(faults))
        expect(status == 200, f"afterwards a good request got {status}")
        expect("Traceback" not in text, f"a traceback is in {service.log}")


def broken_bodies(place: str, body: bytes, dice: random.Random) -> Iterator[str]:
    """Yield what is wrong with the answers to changed bodies."""
    connection = connect(place)
    for number in range(MUTANTS):
        mutant = mutate(body, dice)
        try:
            answer = send(connection, "/v1/predict", mutant)
        except (OSError, http.client.HTTPException) as error:
            yield f"body {number} {mutant[:80]!r}: {error!r}"
            connection.close()
            continue
        fault = "" if answer.status == 200 else fault_of(answer)
        if fault or b"Traceback" in answer.body:
            yield f"body {number} {mutant[:80]!r}: {fault or 'a traceback'}"
    connection.close()


def broken_heads(place: str, body: bytes, dice: random.Random) -> Iterator[str]:
    """Yield what is wrong with the answers to requests whose head is changed as well."""
    head = f"POST /v1/predict HTTP/1.1\r\nHost: {place}\r\nContent-Type: application/json\r\n"
    whole = f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    host, _, port = place.partition(":")
    for number in range(HEADS):
        with socket.create_connection((host, int(port)), timeout=2) as client:
            client.sendall(mutate(whole, dice))
            client.shutdown(socket.SHUT_WR)
            try:
                answer = client.recv(1 << 16)
            except OSError:  # cut, or left open: no answer is an answer to that
                continue
        first = answer.partition(b"\r\n")[0]
        if b" 500 " in first or b"Traceback" in answer:
            yield f"head {number}: {first!r}"


def mutate(content: bytes, dice: random.Random) -> bytes:
    """Return the content with a few bytes changed, dropped, doubled or put in."""
    changed = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 5))):
        at = dice.randrange(len(changed) + 1)
        end = min(len(changed), at + dice.choice((0, 1, 1, 2, 30)))
        piece = dice.choice((*SCRAPS, bytes([dice.randrange(256)]), bytes(changed[at:end]) * 2))
        changed[at:end] = piece
    return bytes(changed)


class Schema(Check):
    """Schemathesis finds no answer that the published OpenAPI document does not promise."""

    id = "reliability.schema"
    requires = ("runtime.serving",)
    only_for = ("default", "minimal")

    def run(self, subject: Subject) -> None:
        """An answer is not what the OpenAPI document promises, or a request breaks the service."""
        tool = ("uvx", "--from", SCHEMATHESIS, "st")
        try:
            subject.project.must(*tool, "--version")
        except StepFailed:
            raise NotVerified("schemathesis") from None
        with subject.project.serve() as url:
            options = ("--max-examples", str(EXAMPLES), "--seed", "1", "--no-color")
            subject.project.must(*tool, "run", f"{url}/openapi.json", *options)
