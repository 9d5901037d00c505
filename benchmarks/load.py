"""Put load on a server with wrk, and read what it says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
SCRIPT = """\
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
"""


@dataclass(frozen=True)
class Load:
    """One measurement: requests a second, and milliseconds of the median and the slowest 1 %."""

    rate: float
    p50: float
    p99: float
    failed: int


def put(url: str, body: bytes, connections: int, seconds: int, folder: Path) -> Load:
    """Send the body as often as the server answers it."""
    (folder / "body.json").write_bytes(body)
    script = folder / "post.lua"
    script.write_text(SCRIPT.format(body=folder / "body.json"), encoding="utf-8")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    said = subprocess.run(
        [*command, "-s", str(script), url], capture_output=True, text=True, check=True
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    lost = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    failed = int(refused[1]) if refused else 0
    failed += sum(map(int, lost.groups())) if lost else 0
    if rate is None:
        raise SystemExit(f"wrk said nothing that could be read:\n{said}")
    return Load(float(rate[1]), _percentile(said, 50), _percentile(said, 99), failed)


def _percentile(said: str, percent: int) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)\s*$", said, re.MULTILINE)
    if found is None:
        raise SystemExit(f"wrk did not say how long requests took:\n{said}")
    return float(found[1]) * UNITS[found[2]]
