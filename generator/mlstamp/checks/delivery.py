"""A release, a failed canary and a way back, rehearsed with a registry and two containers."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import StepFailed
from ..http import get, post
from ..project import clean_environment, free_port, stop
from ..source import git
from .base import Check, NotVerified, Subject, expect
from .container import build, docker, expect_parity

Json = dict[str, Any]
QUICK = {"PROBE_SECONDS": "3", "MAX_P99_SECONDS": "2"}  # the machine may be busy with others
AUTHOR = ("-c", "user.name=acme", "-c", "user.email=acme@example.com", "-c", "commit.gpgsign=false")


class Rehearsal(Check):
    """Only a release that does well answers; every other leaves the old one in place."""

    id = "container.delivery"
    requires = ("container.image",)
    capability = "container"
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """A release is not deployed, a bad one is, or the way back does not work."""
        build(subject, "serve")  # so that a base image that cannot be had is said here
        with registry(subject.work) as place, cleared(subject) as project:
            first = release(subject, f"{place}/acme/service")
            deploy(subject, first)
            expect_parity(subject, address(subject, f"{project}-stable"))
            (subject.root / "CHANGED.md").write_text("A second commit.\n", encoding="utf-8")
            second = release(subject, f"{place}/acme/service")
            for name, spoil, reason in FAULTS:
                expect_refused(subject, spoilt(second, name, spoil), reason)
                expect_answers(subject, project, first)
            for line, reason in BREACHES:
                expect_refused(subject, breaching(subject, place, line), reason)
                expect_answers(subject, project, first)
            deploy(subject, second)
            expect_answers(subject, project, second)
            deploy(subject, first, "--at-once")
            expect_answers(subject, project, first)


def _another_digest(release: Json) -> None:
    release["image"] = release["image"].rpartition(":")[0] + ":" + "0" * 64


def _tag(release: Json) -> None:
    release["image"] = release["image"].partition("@")[0] + ":latest"


def _another_commit(release: Json) -> None:
    release["git_sha"] = "0" * 40


def _another_model(release: Json) -> None:
    release["model_digest"] = "0" * 64


def _another_version(release: Json) -> None:
    release["model_version"] += "0"


def other_answers(release: Json) -> None:
    """Let a release promise another score than its model gives."""
    release["golden"]["scores"][0] += 0.1


FAULTS: tuple[tuple[str, Callable[[Json], None], str], ...] = (
    ("tag", _tag, "names no image by its digest"),
    ("digest", _another_digest, "cannot be had: is the digest"),
    ("commit", _another_commit, "another commit"),
    ("model", _another_model, "another model"),
    ("version", _another_version, "another version of the model"),
    ("answers", other_answers, "The canary was taken away"),
)


# What a canary does to each single row, as the probe sends them; golden rows are more, and go well.
BREACHES = (
    ("import time; time.sleep(2.5)", "p99 was"),
    ('assert int(began * 1e6) % 3, "planted"', "requests failed"),  # of three, one
)
ANSWERS = "serving/service.py", "        began = perf_counter()\n"


def breaching(subject: Subject, place: str, line: str) -> Path:
    """Release what answers as it should, but breaks its promises under load."""
    file, before = subject.source / ANSWERS[0], ANSWERS[1]
    sound = file.read_text(encoding="utf-8")
    expect(sound.count(before) == 1, f"{file.name} answers otherwise: adapt ANSWERS")
    planted = f"{before}        if len(rows) == 1:\n            {line}\n"
    file.write_text(sound.replace(before, planted), encoding="utf-8")
    try:
        return release(subject, f"{place}/acme/service")
    finally:
        file.write_text(sound, encoding="utf-8")
        commit(subject)


def spoilt(path: Path, name: str, spoil: Callable[[Json], None]) -> Path:
    """Write a copy of a release with one fault."""
    content = json.loads(path.read_text(encoding="utf-8"))
    spoil(content)
    bad = path.with_name(f"bad-{name}.json")
    bad.write_text(json.dumps(content), encoding="utf-8")
    return bad


@contextmanager
def registry(work: Path) -> Iterator[str]:
    """Yield the address of a registry on this machine; raises NotVerified when there is none."""
    if shutil.which("docker-registry") is None:
        raise NotVerified("docker-registry")
    port, folder = free_port(), work / "registry"
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config.yml"
    config.write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: '{folder / 'data'}'}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n",
        encoding="utf-8",
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", str(config)],
            stdout=log,
            stderr=log,
            env=clean_environment({"OTEL_TRACES_EXPORTER": "none"}),
            start_new_session=True,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/v2/")
            yield f"localhost:{port}"
        finally:
            stop(process)


def _wait_for(url: str) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            if get(url, timeout=2).status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise StepFailed(f"nothing answers at {url}")


@contextmanager
def cleared(subject: Subject) -> Iterator[str]:
    """Yield the project's name; its containers are gone before and after."""
    project = subject.project.name
    names = (f"{project}-stable", f"{project}-canary")
    if set(names) & set(docker(subject, "ps", "--all", "--format", "{{.Names}}").split()):
        raise NotVerified(f"a container of the name {names[0]} is here, which is not ours")
    try:
        yield project
    finally:
        docker(subject, "rm", "--force", *names)


def commit(subject: Subject) -> None:
    """Commit what there is."""
    git("add", "--all", cwd=subject.root)
    git(*AUTHOR, "commit", "--quiet", "--allow-empty", "--message", "edit", cwd=subject.root)


def release(subject: Subject, repository: str) -> Path:
    """Commit what there is and release it; return the release file."""
    commit(subject)
    command = (*subject.project.launcher, "just", "release", repository)
    subject.project.must(*command, timeout=1200)
    made = subject.root / "dist" / "release.json"
    image = json.loads(made.read_text(encoding="utf-8"))["image"]
    return Path(shutil.copy(made, subject.work / f"release-{image[-12:]}.json"))


def deploy(subject: Subject, file: Path, *words: str) -> None:
    """Deploy a release to the two containers, as its users do."""
    prefix = f"{subject.project.package.upper()}_OPTIONS__DELIVERY__"
    own = {prefix + name: value for name, value in QUICK.items()}
    project = replace(subject.project, environment=subject.project.environment | own)
    project.cli("deploy", "local", str(file), *words)


def expect_refused(subject: Subject, file: Path, reason: str) -> None:
    """Fail unless this release is refused, for that reason."""
    try:
        deploy(subject, file)
    except StepFailed as error:
        expect(reason in str(error), f"{file.stem} was refused for another reason: {error}")
    else:
        expect(False, f"{file.stem} was deployed")


def expect_answers(subject: Subject, project: str, file: Path) -> None:
    """Fail unless this release answers, and no canary is left."""
    wanted = json.loads(file.read_text(encoding="utf-8"))
    names = docker(subject, "ps", "--all", "--format", "{{.Names}}").split()
    expect(f"{project}-canary" not in names, "a canary is left")
    image = docker(subject, "inspect", "--format", "{{.Config.Image}}", f"{project}-stable")
    expect(image == wanted["image"], f"{image} is stable, not {wanted['image']}")
    body = {"rows": wanted["golden"]["rows"]}
    status = post(f"{address(subject, f'{project}-stable')}/v1/predict", body).status
    expect(status == 200, f"the stable release answers {status}")


def address(subject: Subject, name: str) -> str:
    """Return the URL of a container."""
    return f"http://127.0.0.1:{docker(subject, 'port', name, '8000/tcp').rpartition(':')[2]}"
