"""A release: the image that holds code and model, and the answers that it has to give."""

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from ..config import Settings
from ..errors import StageError
from ..files import write_file
from ..registry import Record, read_pointer
from ..registry.bundle import Bundle, read
from .shell import run

FOLDER, FILE, SBOM = Path("dist"), "release.json", "sbom.json"
GOLDEN_ROWS = 10
IMAGE = r"^[a-z0-9][\w.:/-]*@sha256:[0-9a-f]{64}$"
REVISION = "org.opencontainers.image.revision"  # a label, like the next two
MODEL, VERSION = "model.digest", "model.version"


class Golden(Record):
    """Rows of the Bundle's replay, and the scores that they got in training."""

    rows: Annotated[list[dict[str, Any]], Field(min_length=1)]
    scores: Annotated[list[float], Field(min_length=1)]


class Release(Record):
    """What travels from environment to environment, unchanged."""

    format: Literal[1] = 1
    image: Annotated[str, Field(pattern=IMAGE)]
    git_sha: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    model_version: str
    model_digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    created_at: str  # UTC, ISO 8601
    golden: Golden


def read_release(path: Path) -> Release:
    """Return the release in this file; raises StageError that says what is wrong with it."""
    try:
        return Release.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StageError(f"{path} cannot be read: make a release, or download one.") from error
    except ValidationError as error:
        if any(fault["loc"] == ("image",) for fault in error.errors()):
            raise StageError(
                f"{path} names no image by its digest (name@sha256:...): a tag can move, "
                "so take the release.json that `release` wrote."
            ) from error
        raise StageError(f"{path} is no release: take the file that `release` wrote.") from error


def build(settings: Settings, repository: str) -> Release:
    """Build, push and describe the image of this commit and the champion, in dist/."""
    revision = _clean_revision()
    pointer = read_pointer(settings.registry.bundles)
    bundle = read(settings.registry.bundles / pointer.path)
    made = datetime.now(UTC)
    # With the time: a registry whose tags stay as they are takes a second attempt, too.
    tag = f"{repository}:{revision[:12]}-{pointer.path}-{made:%Y%m%d%H%M%S}"
    facts = {
        "RUNTIME": bundle.contract.runtime,
        "BUNDLE": pointer.path,
        "GIT_SHA": revision,
        "MODEL_DIGEST": bundle.digest,
        "MODEL_VERSION": pointer.version,
    }
    arguments = [word for pair in facts.items() for word in ("--build-arg", "=".join(pair))]
    # Where the base images come from another registry, the variable says so.
    arguments += shlex.split(os.environ.get("CONTAINER_BUILD_ARGS", ""))
    run("docker", "build", "--quiet", "--target=release", *arguments, f"--tag={tag}", ".")
    run("docker", "push", "--quiet", tag)
    release = Release(
        image=_digest_of(tag, repository),
        git_sha=revision,
        model_version=pointer.version,
        model_digest=bundle.digest,
        created_at=made.isoformat(timespec="seconds"),
        golden=_golden(bundle),
    )
    write_file(FOLDER / SBOM, bill_of_materials(bundle.contract.runtime).encode())
    write_file(FOLDER / FILE, release.model_dump_json(indent=2).encode())
    return release


def bill_of_materials(runtime: str) -> str:
    """Return the Python packages of the image, as CycloneDX: the very ones of uv.lock."""
    groups = ("--no-default-groups", "--group=serve", f"--group={runtime}")
    return run("uv", "export", "--quiet", "--locked", "--format=cyclonedx1.5", *groups)


def _golden(bundle: Bundle) -> Golden:
    step = max(1, len(bundle.replay["rows"]) // GOLDEN_ROWS)
    rows, scores = (bundle.replay[name][::step][:GOLDEN_ROWS] for name in ("rows", "scores"))
    return Golden(rows=rows, scores=scores)


def _clean_revision() -> str:
    if run("git", "status", "--porcelain"):
        raise StageError(
            "The work tree has changes that no commit holds: commit them, so that the image "
            "can be told by its commit."
        )
    return run("git", "rev-parse", "HEAD")


def _digest_of(tag: str, repository: str) -> str:
    said = run("docker", "image", "inspect", '--format={{join .RepoDigests " "}}', tag)
    for image in said.split():
        if image.startswith(f"{repository}@"):
            return image
    raise StageError(f"{tag} has no digest in {repository}: was it pushed?")
