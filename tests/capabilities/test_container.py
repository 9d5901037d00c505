"""The image, and what brings it from a release to an environment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mlstamp.errors import Refused
from mlstamp.render import render
from mlstamp.source import Source
from tests.capabilities.support import assert_owns_exactly, text, traces
from tests.conftest import Rendered

ALONE = {"cloud": "none", "deploy": "service"}  # a cloud and Kubernetes need an image
WORDS = r"\bdocker|container image|compose\.yaml|delivery|release\.json"


def test_its_manifest_lists_just_the_files_that_come_and_go(
    template: Path, rendered: Rendered
) -> None:
    on, off = (rendered(profile="everything", **ALONE, container=asked) for asked in (True, False))
    assert_owns_exactly(template, "container", on, off)


def test_an_option_that_is_off_leaves_no_trace(rendered: Rendered) -> None:
    off = rendered(profile="everything", **ALONE, container=False, ci="none")
    assert traces(off, WORDS) == []


def test_it_can_be_the_only_one(template: Path, rendered: Rendered) -> None:
    base = {"profile": "minimal", "unit_tests": True}
    on, off = (rendered(**base, container=asked) for asked in (True, False))
    assert_owns_exactly(template, "container", on, off)
    assert traces(on, WORDS)


@pytest.mark.parametrize("asked", [{"cloud": "aws"}, {"deploy": "kubernetes"}])
def test_what_runs_it_elsewhere_brings_it_along_and_cannot_do_without(
    template: Path, rendered: Rendered, tmp_path: Path, asked: dict[str, str]
) -> None:
    assert (rendered(profile="minimal", **asked) / "Dockerfile").is_file()
    with pytest.raises(Refused, match="run a container image"):
        render(Source(str(template)), tmp_path / "out", {**asked, "container": False})


def test_images_are_pinned_by_digest_and_run_as_nobody(rendered: Rendered) -> None:
    said = text(rendered(container=True) / "Dockerfile")
    # What keeps pins current reads them where a stage begins, not in an argument.
    bases = re.findall(r"^FROM \S+@sha256:[0-9a-f]{64} AS (\S+)$", said, re.MULTILINE)
    assert re.findall(r"^ARG \w+_IMAGE=(\S+)$", said, re.MULTILINE) == bases
    others = re.findall(r"^FROM (?!\S+@sha256:)(\S+)", said, re.MULTILINE)
    assert len(bases) == 2 and not any(":" in name for name in others)
    assert "USER 10001:10001" in said


@pytest.mark.parametrize(("onnx", "runtime"), [(True, "onnx"), (False, "sklearn")])
def test_the_image_has_the_runtime_of_the_project(
    rendered: Rendered, onnx: bool, runtime: str
) -> None:
    said = text(rendered(container=True, onnx=onnx) / "Dockerfile")
    assert f"ARG RUNTIME={runtime}\n" in said


@pytest.mark.parametrize(
    ("ci", "signer"),
    [("github", "https://github.com/acme/"), ("gitlab", "https://gitlab.com/acme/")],
)
def test_only_images_that_the_pipeline_signed_are_deployed(
    rendered: Rendered, ci: str, signer: str
) -> None:
    assert f"signed_by: ^{signer}" in text(rendered(ci=ci) / "config/default.yaml")
