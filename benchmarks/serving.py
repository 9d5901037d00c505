"""The stamped service beside what people use instead, and beside two limits, in one run.

Needs wrk. Each server runs alone with one worker; every repeat starts each of them once.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import psutil
from load import Load, put
from tables import PAGE, write

from mlstamp import new
from mlstamp.http import post
from mlstamp.project import Project, clean_environment, free_port

SERVERS = Path(__file__).resolve().parent / "servers"
CONNECTIONS = (1, 8, 32)
REPEATS, SECONDS = 3, 4
START_SECONDS = 180
UVICORN = "-m uvicorn --app-dir {servers} --no-access-log --host 127.0.0.1 --port {port}"


@dataclass(frozen=True)
class Server:
    """One way to serve the model: how it is started, and what it is asked."""

    name: str
    command: str  # {python}, {servers}, {port}, {model} and {project} are filled in
    environment: str = "project"
    packages: tuple[str, ...] = ()
    route: str = "/v1/predict"
    key: str = "rows"  # of the rows in the body


OURS, NO_OP, RAW, PLAIN = "mlstamp", "limit: no-op FastAPI", "limit: raw ASGI + ONNX", "FastAPI"
MLFLOW = "mlflow models serve"
ALL = (
    Server(OURS, "{project} serve --port {port}"),
    Server(NO_OP, f"{{python}} {UVICORN} no_op:app"),
    Server(RAW, f"{{python}} {UVICORN} raw_asgi:app"),
    Server(PLAIN, f"{{python}} {UVICORN} plain_fastapi:app"),
    Server(
        MLFLOW,
        "{python} -m mlflow models serve --env-manager local --workers 1 -m {model} -p {port}",
        "mlflow",
        ("mlflow>=3",),
        "/invocations",
        "dataframe_records",
    ),
    Server("LitServe", "{python} {servers}/lit.py {port}", "litserve", ("litserve",)),
    Server(
        "BentoML",
        "{python} -m bentoml serve bento:Scores --working-dir {servers} --port {port}",
        "bentoml",
        ("bentoml",),
    ),
)


@dataclass
class Figures:
    """What was measured of one server, once for each repeat."""

    start: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # MiB, of all its processes
    loads: dict[int, list[Load]] = field(default_factory=lambda: defaultdict(list))


def main() -> None:
    """Measure every server, and write the table and the plot."""
    with TemporaryDirectory() as temporary:
        place = Place(Path(temporary).resolve())
        figures: dict[str, Figures] = defaultdict(Figures)
        for repeat in range(REPEATS):
            for server in ALL:
                place.measure(server, figures[server.name])
                rate = figures[server.name].loads[CONNECTIONS[-1]][-1].rate
                print(f"{repeat + 1}/{REPEATS} {server.name}: {rate:,.0f} requests/s", flush=True)
    write("Serving", _columns(), [_row(name, found, figures) for name, found in figures.items()])
    write("Serving: the bars", ["bar", "reached", "asked"], _bars(figures))
    _plot(figures)


class Place:
    """A stamped repository with a champion, and an environment for each other server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        new.stamp(folder / "project", {}, say=lambda _: None)
        self.project = Project(folder / "project", folder / "logs")
        self.project.must("uv", "sync", timeout=1800)
        for stage in ("data", "train", "evaluate", "promote"):
            self.project.cli(stage)
        bundle = self.project.champion()
        self.row = json.loads((bundle / "replay.json").read_bytes())["rows"][0]
        self.environment = clean_environment({"BUNDLE": str(bundle), "NO_COLOR": "1"})
        self.pythons = {"project": self.project.root / ".venv" / "bin" / "python"}
        for server in ALL:
            self.pythons.setdefault(server.environment, self._install(server))
        log = [str(self.pythons["mlflow"]), str(SERVERS / "log_to_mlflow.py")]
        subprocess.run([*log, str(folder / "model")], check=True, env=self.environment)

    def _install(self, server: Server) -> Path:
        if server.environment in self.pythons:
            return self.pythons[server.environment]
        python = self.folder / server.environment / "bin" / "python"
        exported = ("uv", "export", "--frozen", "--no-hashes", "--no-header", "--no-annotate")
        locked = self.project.must(*exported, "--group", "train").stdout.splitlines()
        # Of the rest they bring what they need: no lock suits them all.
        same = [line for line in locked if line.startswith(("scikit-learn==", "skops=="))]
        self.project.must("uv", "venv", str(python.parents[1]))
        install = ("uv", "pip", "install", "--python", str(python), str(self.project.root))
        self.project.must(*install, *server.packages, *same, "pandas", timeout=1800)
        return python

    def measure(self, server: Server, figures: Figures) -> None:
        """Start the server, put load on it, and stop it."""
        body = json.dumps({server.key: [self.row]}).encode()
        port = free_port()
        url = f"http://127.0.0.1:{port}{server.route}"
        began = time.perf_counter()
        with self._running(server, port) as process:
            _wait_for_answer(url, body, process)
            figures.start.append(time.perf_counter() - began)
            put(url, body, 8, 2, self.folder)  # warm
            for connections in CONNECTIONS:
                found = put(url, body, connections, SECONDS, self.folder)
                if found.failed:
                    raise SystemExit(f"{server.name}: {found.failed} requests failed.")
                figures.loads[connections].append(found)
            figures.memory.append(_memory(process))

    @contextmanager
    def _running(self, server: Server, port: int) -> Iterator[psutil.Popen]:
        python = self.pythons[server.environment]
        filled = server.command.format(
            python=python,
            servers=SERVERS,
            port=port,
            model=self.folder / "model",
            project=python.with_name(self.project.name),
        )
        log = self.folder / f"{port}.log"
        with log.open("wb") as output:
            process = psutil.Popen(
                filled.split(),
                cwd=self.project.root,
                env=self.environment | {"PATH": f"{python.parent}:{self.environment['PATH']}"},
                stdout=output,
                stderr=output,
            )
            try:
                yield process
            except BaseException:
                print(log.read_text(encoding="utf-8")[-2000:], file=sys.stderr)
                raise
            finally:
                _stop(process)


def _wait_for_answer(url: str, body: bytes, process: psutil.Popen) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"{process.args} ended before it answered.")
        try:
            if post(url, body).status == 200:
                return
        except OSError:
            pass
        time.sleep(0.02)
    raise SystemExit(f"{process.args} does not answer.")


def _memory(process: psutil.Popen) -> float:
    family = [process, *process.children(recursive=True)]
    return float(sum(one.memory_info().rss for one in family)) / 2**20


def _stop(process: psutil.Popen) -> None:
    if process.poll() is not None:
        return
    family = [*process.children(recursive=True), process]
    process.terminate()
    _, alive = psutil.wait_procs(family, timeout=10)
    for one in alive:
        one.kill()
    psutil.wait_procs(alive, timeout=10)


def _columns() -> list[str]:
    rates = [f"requests/s, {connections} at once" for connections in CONNECTIONS]
    times = ["p50, 1 at once", "p99, 1 at once", "p99, 32 at once"]
    return ["server", *rates, "times as fast", *times, "first answer", "memory"]


def _row(name: str, found: Figures, all_: dict[str, Figures]) -> list[object]:
    most, ours = CONNECTIONS[-1], _rate(all_[OURS], CONNECTIONS[-1])
    return [
        name,
        *(f"{_rate(found, connections):,.0f}" for connections in CONNECTIONS),
        f"{ours / _rate(found, most):.2g}",
        f"{_time(found, 1, 'p50'):.2f} ms",
        f"{_time(found, 1, 'p99'):.2f} ms",
        f"{_time(found, most, 'p99'):.1f} ms",
        f"{statistics.median(found.start):.1f} s",
        f"{statistics.median(found.memory):.0f} MiB",
    ]


def _bars(all_: dict[str, Figures]) -> list[list[object]]:
    ours, no_op = all_[OURS], all_[NO_OP]

    def ratio(name: str) -> float:
        return _rate(ours, CONNECTIONS[-1]) / _rate(all_[name], CONNECTIONS[-1])

    later = _time(ours, 1, "p99") - _time(no_op, 1, "p99")
    colder = statistics.median(ours.start) / statistics.median(no_op.start)
    return [
        ["requests/s at 32 to `mlflow models serve`", f"{ratio(MLFLOW):.1f}", ">= 60"],
        ["requests/s at 32 to FastAPI + scikit-learn", f"{ratio(PLAIN):.1f}", ">= 40"],
        ["requests/s at 32 to the no-op", f"{ratio(NO_OP):.2f}", ">= 0.8"],
        ["requests/s at 32 to raw ASGI + ONNX", f"{ratio(RAW):.2f}", ">= 0.6"],
        ["p99 at 1 above the no-op's", f"{later:.2f} ms", "<= 2 ms"],
        ["memory of a worker", f"{statistics.median(ours.memory):.0f} MiB", "<= 110"],
        ["first answer to the no-op's", f"{colder:.2f}", "<= 3"],
    ]


def _rate(found: Figures, connections: int) -> float:
    return statistics.median(load.rate for load in found.loads[connections])


def _time(found: Figures, connections: int, name: str) -> float:
    return float(statistics.median(getattr(load, name) for load in found.loads[connections]))


def _plot(figures: dict[str, Figures]) -> None:
    ordered = sorted(figures, key=lambda name: _rate(figures[name], CONNECTIONS[-1]))
    drawing, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
    rates = [_rate(figures[name], CONNECTIONS[-1]) for name in ordered]
    colours = ["C0" if name == OURS else "0.7" for name in ordered]
    bars = axes.barh(ordered, rates, color=colours)
    axes.bar_label(bars, [f"{rate:,.0f}" for rate in rates], padding=3)
    axes.set_xscale("log")
    axes.set_xlabel("single-row predictions a second, 32 connections, one worker")
    axes.spines[["top", "right"]].set_visible(False)
    drawing.savefig(PAGE.with_name("serving.svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
