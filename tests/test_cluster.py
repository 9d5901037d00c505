"""The stand-in of a cluster: its objects, its controller, and the ports that it forwards."""

from __future__ import annotations

import socket
import struct
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from mlstamp.cluster import Cluster, cluster
from mlstamp.cluster.analysis import Phase
from mlstamp.cluster.discovery import ARGO_ROLLOUTS, KUBERNETES
from mlstamp.cluster.forward import FIN, PING, SYN_REPLY, SYN_STREAM, Forward
from mlstamp.cluster.objects import merged
from mlstamp.cluster.rollouts import Analysis

NAMESPACE = "song-prod"
CORE = f"/api/v1/namespaces/{NAMESPACE}"
ROLLOUTS = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/rollouts"
APP = f"{ROLLOUTS}/app"
ANALYSIS = {
    "analysis": {
        "templates": [{"templateName": "canary"}],
        "args": [
            {"name": "namespace", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            {"name": "canary", "valueFrom": {"podTemplateHashValue": "Latest"}},
            {"name": "bar", "value": 1},
        ],
    }
}


def pods(image: str) -> dict[str, Any]:
    spec = {"containers": [{"name": "app", "image": image}]}
    return {"metadata": {"labels": {"app": "song"}}, "spec": spec}


def rollout(image: str) -> dict[str, Any]:
    canary = {"stableService": "stable", "canaryService": "canary", "steps": [{"pause": {}}]}
    spec = {"template": pods(image), "strategy": {"canary": canary}}
    return {"metadata": {"name": "app"}, "spec": spec}


@pytest.fixture
def made() -> Cluster:
    """A cluster whose first release answers."""
    found = Cluster((*KUBERNETES, ARGO_ROLLOUTS))
    found.answer("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    for name in ("stable", "canary"):
        service = {"metadata": {"name": name}, "spec": {"selector": {"app": "song"}}}
        found.answer("POST", f"{CORE}/services", service)
    found.answer("POST", ROLLOUTS, rollout("one"))
    found.settle(NAMESPACE)
    return found


def apply(made: Cluster, image: str) -> None:
    made.answer("PATCH", APP, {"spec": {"template": pods(image)}})


def order(made: Cluster, **status: object) -> None:
    made.answer("PATCH", f"{APP}/status", {"status": status})


def seen(made: Cluster) -> tuple[str, str, str]:
    """Return the phase, and the images of the pods behind the stable and the canary service."""
    made.settle(NAMESPACE)
    _, found = made.answer("GET", APP, {})
    return found["status"]["phase"], behind(made, "stable"), behind(made, "canary")


def behind(made: Cluster, service: str) -> str:
    _, found = made.answer("GET", f"{CORE}/services/{service}", {})
    chosen = ",".join(f"{key}={value}" for key, value in found["spec"]["selector"].items())
    _, answer = made.answer("GET", f"{CORE}/pods?labelSelector={chosen}", {})
    (pod,) = answer["items"]
    return str(pod["spec"]["containers"][0]["image"])


def test_the_first_release_has_no_steps_and_the_next_waits_as_a_canary(made: Cluster) -> None:
    assert seen(made) == ("Healthy", "one", "one")
    apply(made, "two")
    assert seen(made) == ("Paused", "one", "two")
    order(made, pauseConditions=None)
    assert seen(made) == ("Healthy", "two", "two")


@pytest.mark.parametrize(
    ("phases", "ends", "says"),
    [
        ({"errors": Phase.SUCCESSFUL}, ("Healthy", "two", "two"), ""),
        (
            {"requests": Phase.INCONCLUSIVE, "slow": Phase.FAILED},
            ("Degraded", "one", "one"),
            'Metric "slow" assessed Failed',
        ),
        (
            {"requests": Phase.INCONCLUSIVE, "slow": Phase.SUCCESSFUL},
            ("Paused", "one", "two"),
            "InconclusiveAnalysisRun",
        ),
    ],
)
def test_the_analysis_of_a_canary_decides_when_its_pause_is_over(
    made: Cluster, phases: dict[str, Phase], ends: tuple[str, str, str], says: str
) -> None:
    asked: list[Analysis] = []

    def analyst(asks: Analysis) -> dict[str, Phase]:
        asked.append(asks)
        return phases

    made.analyst = analyst
    wanted = rollout("two")
    wanted["spec"]["strategy"]["canary"]["steps"].append(ANALYSIS)
    made.answer("PATCH", APP, {"spec": wanted["spec"]})
    assert seen(made)[0] == "Paused"
    assert not asked
    order(made, pauseConditions=None)
    assert seen(made) == ends
    assert seen(made) == ends  # and there it stays
    (one,) = asked
    given = {"namespace": NAMESPACE, "canary": one.canary, "bar": "1"}
    assert (one.namespace, one.template, one.arguments) == (NAMESPACE, "canary", given)
    _, found = made.answer("GET", APP, {})
    assert says in found["status"].get("message", "")


def test_a_change_is_seen_only_after_somebody_looked(made: Cluster) -> None:
    apply(made, "two")
    _, before = made.answer("GET", APP, {})
    _, after = made.answer("GET", APP, {})
    numbers = [one["status"]["observedGeneration"] for one in (before, after)]
    assert (numbers, after["metadata"]["generation"]) == (["1", "2"], 2)
    assert before["status"]["phase"] == "Healthy"


def test_an_aborted_canary_stays_degraded_until_the_old_image_is_wanted(made: Cluster) -> None:
    apply(made, "two")
    assert seen(made)[0] == "Paused"
    order(made, abort=True)
    assert seen(made) == ("Degraded", "one", "one")
    apply(made, "one")
    assert seen(made) == ("Healthy", "one", "one")


def test_an_order_that_comes_before_the_controller_saw_the_image_is_forgotten(
    made: Cluster,
) -> None:
    apply(made, "two")
    order(made, promoteFull=True)
    assert seen(made) == ("Paused", "one", "two")
    order(made, promoteFull=True)
    assert seen(made) == ("Healthy", "two", "two")


def test_with_the_rollout_go_its_pods(made: Cluster) -> None:
    assert made.answer("DELETE", APP, {})[0] == HTTPStatus.OK
    assert made.answer("GET", APP, {})[0] == HTTPStatus.NOT_FOUND
    assert made.answer("GET", f"{CORE}/pods", {})[1]["items"] == []
    assert made.answer("DELETE", APP, {})[0] == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        ("POST", ROLLOUTS, rollout("one"), HTTPStatus.CONFLICT),
        ("POST", ROLLOUTS.replace("prod", "none"), rollout("one"), HTTPStatus.NOT_FOUND),
        ("PATCH", f"{ROLLOUTS}/other", {}, HTTPStatus.NOT_FOUND),
        ("GET", f"{CORE}/unheard", {}, HTTPStatus.NOT_FOUND),
        ("POST", f"{CORE}/pods/app/portforward", {}, HTTPStatus.NOT_FOUND),
        ("PATCH", APP, {"spec": [{"$patch": "replace"}]}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    ],
)
def test_what_is_not_there_or_not_played_is_refused(
    made: Cluster, verb: str, path: str, body: dict[str, Any], status: int
) -> None:
    before = dict(made.objects.kept)
    assert made.answer(verb, path, body)[0] == status
    assert made.objects.kept == before


def test_a_patch_changes_maps_deeply_and_takes_away_what_is_null() -> None:
    before = {"a": {"b": 1, "c": [1, 2]}, "d": 2}
    assert merged(before, {"a": {"c": [3]}, "d": None}) == {"a": {"b": 1, "c": [3]}}
    assert before == {"a": {"b": 1, "c": [1, 2]}, "d": 2}


def test_a_status_is_changed_by_its_own_path_alone(made: Cluster) -> None:
    made.answer("PATCH", APP, {"status": {"phase": "Lost"}})
    order(made, message="told")
    _, found = made.answer("GET", APP, {})
    assert (found["status"]["phase"], found["status"]["message"]) == ("Healthy", "told")
    assert found["metadata"]["generation"] == 1


def test_only_who_shows_the_token_may_ask() -> None:
    with cluster() as made:
        made.admits = "for.?us"
        for shown, status in (("for.us", 200), ("for-you", 401), ("", 401)):
            request = urllib.request.Request(f"{made.url}/api")
            request.add_header("Authorization", f"Bearer {shown}")
            assert status_of(request) == status


def status_of(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """A service that says once what it hears, and ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer_once, args=(server,), daemon=True).start()
        yield server.getsockname()


def answer_once(server: socket.socket) -> None:
    there, _ = server.accept()
    with there:
        there.sendall(b"heard " + there.recv(100))


def control(kind: int, body: bytes) -> bytes:
    return struct.pack(">HHI", 0x8003, kind, len(body)) + body


def data(stream: int, body: bytes, flags: int = 0) -> bytes:
    return struct.pack(">II", stream, flags << 24 | len(body)) + body


def said(address: tuple[str, int], count: int, *frames: bytes) -> list[tuple[int, int, bytes]]:
    """Return the first frames that come back: a stream or a kind, flags, a body."""
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    with ours, theirs, theirs.makefile("rb") as reader, theirs.makefile("wb") as writer:
        forward = Forward(reader, writer, address)
        running = threading.Thread(target=forward.run)
        running.start()
        ours.sendall(b"".join(frames))
        with ours.makefile("rb") as answers:
            found = [read(answers) for _ in range(count)]
            ours.shutdown(socket.SHUT_WR)
            running.join(timeout=10)
    assert not running.is_alive()
    return found


def read(answers: Any) -> tuple[int, int, bytes]:
    first, rest = struct.unpack(">II", answers.read(8))
    return first & 0xFFFF if first >> 31 else first, rest >> 24, answers.read(rest & 0xFFFFFF)


def opened(stream: int) -> bytes:
    return control(SYN_STREAM, struct.pack(">II", stream, 0) + b"headers")


def test_a_forwarded_port_hands_on_what_comes_and_what_is_answered(
    echo: tuple[str, int],
) -> None:
    found = said(echo, 5, opened(1), data(1, b"", FIN), opened(3), data(3, b"us"))
    kinds = [one[:2] for one in found]
    assert kinds == [(SYN_REPLY, 0), (1, FIN), (SYN_REPLY, 0), (3, 0), (3, FIN)]
    assert found[3][2] == b"heard us"


def test_where_no_pod_answers_the_stream_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    found = said(address, 3, opened(3), control(PING, b"\0\0\0\1"), data(3, b"us"))
    assert [one[:2] for one in found] == [(SYN_REPLY, 0), (PING, 0), (3, FIN)]
