"""Does a running service answer as its release says, and quickly enough under load?"""

import json
import math
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from . import DeliverySettings
from .release import Release

PREDICT = "/v1/predict"
TIMEOUT = 10.0
AUTHORIZATION = "PROBE_AUTHORIZATION"  # a variable: what to say where a service asks who calls


@dataclass(frozen=True)
class Load:
    """How requests went: seconds of each that was answered with 200, and how many were not."""

    seconds: list[float]
    failed: int

    @property
    def p99(self) -> float:
        """Return the seconds that 99 of 100 answers needed at most."""
        ranked = sorted(self.seconds)
        return ranked[math.ceil(0.99 * len(ranked)) - 1] if ranked else math.inf

    @property
    def share_failed(self) -> float:
        """Return the share of the requests without an answer."""
        return self.failed / max(1, self.failed + len(self.seconds))


def probe(url: str, release: Release, options: DeliverySettings) -> list[str]:
    """Return what is wrong with the service at `url`: nothing, if it may answer people."""
    if not _is_ready(url, options.ready_seconds):
        return [f"{url}/ready was not 200 within {options.ready_seconds:g} seconds"]
    return [*_smoke(url, release, options)] or [*_slow_or_failing(url, release, options)]


def _smoke(url: str, release: Release, options: DeliverySettings) -> Iterator[str]:
    status, model = _ask(url, "GET", "/v1/model")
    if status != 200 or model.get("digest") != release.model_digest:
        yield f"/v1/model is not the model of the release ({status}, {model.get('digest')})"
    body = json.dumps({"rows": release.golden.rows}).encode()
    status, answer = _ask(url, "POST", PREDICT, body)
    scores = [float(one["score"]) for one in answer.get("predictions", ())]
    pairs = zip(scores, release.golden.scores, strict=False)
    off = sum(not math.isclose(a, b, abs_tol=options.tolerance) for a, b in pairs)
    if status != 200 or len(scores) != len(release.golden.scores) or off:
        yield f"golden predictions differ: status {status}, {off} of {len(scores)} scores are off"


def _slow_or_failing(url: str, release: Release, options: DeliverySettings) -> Iterator[str]:
    seen = load(url, release.golden.rows[:1], options.probe_seconds, options.connections)
    if seen.share_failed > options.max_failed:
        total = seen.failed + len(seen.seconds)
        yield f"{seen.failed} of {total} requests failed (allowed: {options.max_failed:.2%})"
    if seen.p99 > options.max_p99_seconds:
        yield f"p99 was {seen.p99:.3f} s (allowed: {options.max_p99_seconds:g} s)"


def load(url: str, rows: list[dict[str, Any]], seconds: float, connections: int) -> Load:
    """Send a request again and again over so many connections, and tell how it went."""
    body = json.dumps({"rows": rows}).encode()
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(connections) as pool:
        parts = [pool.submit(_send_until, until, url, body) for _ in range(connections)]
        seen = [part.result() for part in parts]
    return Load([second for part in seen for second in part.seconds], sum(p.failed for p in seen))


def _send_until(until: float, url: str, body: bytes) -> Load:
    seconds, failed = [], 0
    with closing(_connect(url)) as connection:
        while (began := time.monotonic()) < until:
            status, _ = _send(connection, "POST", PREDICT, body)
            if status == 200:
                seconds.append(time.monotonic() - began)
            else:
                failed += 1
                time.sleep(0.01)
    return Load(seconds, failed)


def _is_ready(url: str, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if _ask(url, "GET", "/ready")[0] == 200:
            return True
        time.sleep(0.2)
    return False


def _ask(url: str, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    with closing(_connect(url)) as connection:
        return _send(connection, method, path, body)


def _connect(url: str) -> HTTPConnection:
    place = urlsplit(url)
    kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
    return kind(place.netloc, timeout=TIMEOUT)


def _send(
    connection: HTTPConnection, method: str, path: str, body: bytes | None = None
) -> tuple[int, dict[str, Any]]:
    """Return the status, 0 for none, and the parsed answer."""
    try:
        connection.request(method, path, body, _headers(body))
        answer = connection.getresponse()
        said = json.loads(answer.read() or b"{}")
        return answer.status, said if isinstance(said, dict) else {}
    except (OSError, HTTPException, ValueError):
        connection.close()
        return 0, {}


def _headers(body: bytes | None) -> dict[str, str]:
    said = {"Content-Type": "application/json"} if body else {}
    return said | ({"Authorization": who} if (who := os.environ.get(AUTHORIZATION)) else {})
