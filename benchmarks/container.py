"""The image: its size, the seconds of a build, and of a container from its start to its end."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tables import write

from mlstamp import demo
from mlstamp.checks.container import (
    BUILD_ARGS,
    CROWD,
    HARDENED,
    MOST_ROWS,
    crowd,
    is_ready,
    peak_memory,
)

TAG, NAME = "mlstamp-benchmark:serve", "mlstamp-benchmark"
REPEATS = 5


def main() -> None:
    """Build the default project's image three times and run it a few."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        demo.run(folder / "demo", demo.Progress(), folder / "logs")
        rows = [*builds(folder / "demo"), *runs(folder / "demo")]
    docker("image", "rm", "--force", TAG)
    write("Container", ["what", "figure"], rows)


def builds(project: Path) -> list[list[object]]:
    """Time a build from nothing, with other code, and with nothing new."""
    cold = build(project, "--no-cache")
    code = next((project / "src").glob("*/errors.py"))
    mark = f"# Changed: {time.time_ns()}.\n"  # new each time, or an earlier run's layer is found
    code.write_text(code.read_text(encoding="utf-8") + mark, encoding="utf-8")
    changed, unchanged = build(project), build(project)
    size = int(docker("image", "inspect", "--format", "{{.Size}}", TAG)) / 1e6
    return [
        ["size of the image", f"{size:.0f} MB"],
        *base_size(),
        ["build, nothing kept of the one before", f"{cold:.1f} s"],
        ["build, other code", f"{changed:.1f} s"],
        ["build, nothing new", f"{unchanged:.1f} s"],
    ]


def base_size() -> list[list[object]]:
    """Return the size of the base image, where the arguments of a build name one that is here."""
    named = re.search(r"PYTHON_IMAGE=(\S+)", os.environ.get(BUILD_ARGS, ""))
    if not named:
        return []
    size = int(docker("image", "inspect", "--format", "{{.Size}}", named[1])) / 1e6
    return [["of it the base image", f"{size:.0f} MB"]]


def build(project: Path, *words: str) -> float:
    """Build the serving image and return the seconds."""
    given = shlex.split(os.environ.get(BUILD_ARGS, ""))
    began = time.monotonic()
    docker("build", *words, *given, "--target", "serve", "--tag", TAG, str(project))
    return time.monotonic() - began


def runs(project: Path) -> list[list[object]]:
    """Start, look at and stop a hardened container a few times; return the medians."""
    replay = next((project / "bundles").glob("*/replay.json"))
    rows = json.loads(replay.read_text(encoding="utf-8"))["rows"]
    seen = [run(project / "bundles", rows) for _ in range(REPEATS)]
    ready, memory, peak, stopped = (median(column) for column in zip(*seen, strict=True))
    return [
        ["from start to ready", f"{ready:.2f} s"],
        ["memory when ready, of 512 MiB", f"{memory:.0f} MiB"],
        [
            f"of the process at most, {CROWD} at once and {MOST_ROWS:,} rows in one request",
            f"{peak:.0f} MiB",
        ],
        ["from SIGTERM to the end", f"{stopped:.2f} s"],
    ]


def run(bundles: Path, rows: list[dict[str, Any]]) -> tuple[float, float, float, float]:
    """Return the seconds to ready, the MiB then and at most under load, and the seconds to stop."""
    began = time.monotonic()
    place = ("--publish", "127.0.0.1::8000", "--volume", f"{bundles}:/app/bundles:ro")
    docker("run", "--detach", "--name", NAME, *place, *HARDENED, TAG)
    try:
        url = f"http://127.0.0.1:{docker('port', NAME, '8000/tcp').rpartition(':')[2]}"
        while not is_ready(url):
            time.sleep(0.02)
        ready = time.monotonic() - began
        said = docker("stats", "--no-stream", "--format", "{{json .}}", NAME)
        memory = float(json.loads(said)["MemUsage"].partition("MiB")[0])
        crowd(url, rows)
        peak = peak_memory(docker("exec", NAME, "cat", "/proc/1/status"))
        began = time.monotonic()
        docker("stop", NAME)
        return ready, memory, peak, time.monotonic() - began
    finally:
        docker("rm", "--force", NAME)


def docker(*words: str) -> str:
    """Return what the engine says."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
