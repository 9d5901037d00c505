"""A release goes to an environment of a cloud and back, by the recipes that the pipelines call.

The recipes, the project's code, the service that is probed and Terraform with its own backend are
real. AWS is played by moto; elsewhere no provider can be had, and what the module makes of its
image is one value of the state. Docker and cosign are played: they have checks of their own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from ..http import put
from ..moto import PACKAGE, moto, override
from ..project import Completed, Project
from ..stand_in import Place
from . import released
from .base import NotVerified, Subject, expect
from .ci_run import fresh_copy
from .delivery import QUICK, other_answers, spoilt
from .infra import InCloud, need, need_provider, need_terraform
from .infra_lock import KEPT
from .infra_moto import NEW, OLD, Terraform, words_of
from .infra_refusals import CLOUDS, NAMED

ENVIRONMENT = "staging"
# In the place of the module: the image is kept in the state, and nothing is made of it.
KEEPS = """\
resource "terraform_data" "service" {
  input = var.image
}
output "image" {
  value = terraform_data.service.output
}
"""
# What answers is the service of this check.
ANSWERS = """\
output "url" {{
  value = "{url}"
}}
output "canary_url" {{
  value = var.canary_image == null ? null : "{url}"
}}
"""


class Delivers(InCloud):
    """A release goes to a cloud behind a canary, and back; a bad one leaves the old in place."""

    id = "infra.delivery"
    requires = ("infra.format", "runtime.lifecycle")
    only_for = ("cloud-aws", "cloud-gcp", "cloud-azure")
    clouds: ClassVar[tuple[str, ...]] = ("aws", "gcp", "azure")

    def run(self, subject: Subject) -> None:
        """A release is not deployed, a bad one is, or the way back does not work."""
        if not released.SCRIPTS_RUN:
            raise NotVerified("programs that are played by scripts")
        need_terraform(subject.project)
        copy = fresh_copy(subject, "infra-delivery")
        place = in_amazon if subject.answers["cloud"] == "aws" else kept
        with copy.serve() as url, place(subject, copy, url) as given:
            own = {**copy.environment, **given.environment}
            staging = Staging(replace(copy, environment=own))
            old, new = staging.release(OLD), staging.release(NEW)
            staging.looked_at(old, given)
            staging.call("deploy", old)
            staging.answers(OLD)
            bad = spoilt(new, "answers", other_answers)
            staging.call("deploy", bad, "The canary was taken away")
            staging.answers(OLD)
            staging.call("deploy", new)
            staging.answers(NEW)
            staging.call("revert", old)
            staging.answers(OLD)


@dataclass
class Staging:
    """The environment, as the recipes of this repository reach it."""

    project: Project

    def release(self, image: str) -> Path:
        """Write a release of the champion, and return its path."""
        made = released.of_champion(self.project, image)
        root = self.project.root
        return released.write(root / "dist" / f"{image[-4:]}.json", made, root / "bin")

    def call(self, recipe: str, release: Path, refused: str = "") -> Completed:
        """Call a recipe, which works unless it has to be refused in these words."""
        file = release.relative_to(self.project.root).as_posix()
        command = (*self.project.launcher, "just", recipe, ENVIRONMENT, file)
        if not refused:
            return self.project.must(*command)
        done = self.project.run(*command)
        said = done.log.read_text(encoding="utf-8", errors="replace")
        expect(done.code and refused in " ".join(said.split()), f"not refused: {done.tail()}")
        return done

    def looked_at(self, release: Path, place: Place) -> None:
        """Expect that a plan leaves the state as it is, and the place where it is kept."""
        if place.log.is_file():
            self._terraform().must("init", "init", "-input=false")  # which makes the state
        before = place.writes()
        self.call("plan", release)
        written = place.writes()[len(before) :]
        expect(not written, f"a plan writes: {written[:3]}")
        expect(not self.image(), "a plan has changed the state")

    def image(self) -> str:
        """Return what the state says is stable."""
        return str(self._terraform().outputs().get("image") or "")

    def answers(self, image: str) -> None:
        """Expect that this image is stable, and no canary is left."""
        found = self._terraform().outputs()
        expect(found["image"] == image, f"{found['image']} is stable, not {image}")
        expect(not found.get("canary_url"), "a canary is left")

    def _terraform(self) -> Terraform:
        return Terraform(self.project, folder_of(self.project))


@contextmanager
def in_amazon(subject: Subject, copy: Project, url: str) -> Iterator[Place]:
    """Yield the place of the state where the whole of AWS is played; the module is the real one."""
    need_provider(subject, copy.root)
    need("moto", subject.project, "uvx", "--from", PACKAGE, "moto_server", "--help")
    infra = copy.root / "infra"
    with moto(subject.work / "infra-delivery-moto") as cloud:
        override(infra, cloud)
        answers = folder_of(copy) / "answers_override.tf"
        answers.write_text(ANSWERS.format(url=url), encoding="utf-8")
        (bucket,) = words_of(folder_of(copy) / "project.tf", "bucket")
        put(f"{cloud}/{bucket}")  # of what bootstrap makes, all that an environment asks for
        yield Place(settings(copy), lambda: False)


@contextmanager
def kept(subject: Subject, copy: Project, url: str) -> Iterator[Place]:
    """Yield the place of the state, which is a storage that is played."""
    folder, cloud = folder_of(copy), str(subject.answers["cloud"])
    for path in folder.glob("*.tf"):
        if path.name not in ("project.tf", "variables.tf"):
            path.unlink()
    (folder / "main.tf").write_text(KEEPS + ANSWERS.format(url=url), encoding="utf-8")
    ours = {name: value for name, value in CLOUDS[cloud].variables.items() if name not in NAMED}
    (folder / "ours.auto.tfvars.json").write_text(json.dumps(ours), encoding="utf-8")
    with KEPT[cloud](subject, folder / "project.tf") as place:
        yield replace(place, environment={**settings(copy), **place.environment})


def folder_of(project: Project) -> Path:
    """Return the environment's folder."""
    return project.root / "infra" / "envs" / ENVIRONMENT


def settings(project: Project) -> dict[str, str]:
    """Return the variables that make a probe short, name who signs, and play two programs."""
    prefix = f"{project.package.upper()}_OPTIONS__DELIVERY__"
    quick = {prefix + name: value for name, value in QUICK.items()}
    path = os.pathsep.join((str(project.root / "bin"), project.environment["PATH"]))
    return {**quick, f"{prefix}SIGNED_BY": released.SIGNER, "PATH": path}
