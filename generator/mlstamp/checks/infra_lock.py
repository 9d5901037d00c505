"""One change of an environment at a time, where no provider can be had: the lock of its state."""

from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from .. import azurite, storage
from ..stand_in import Place
from .base import NotVerified, Subject
from .ci_tools import node_packages
from .infra import InCloud, need, need_terraform
from .infra_moto import Terraform, refused, wait_for_lock, words_of

# What is changed is nothing in a cloud; it takes until a file says go on, but a minute at most.
GO_ON = "go-on"
SYSTEM = sys.platform
CHANGE = f"""\
resource "terraform_data" "slow" {{
  provisioner "local-exec" {{
    command     = <<-PYTHON
      import pathlib, time
      for _ in range(600):
          pathlib.Path("{GO_ON}").exists() or time.sleep(0.1)
    PYTHON
    interpreter = ["uv", "run", "--no-project", "python", "-c"]
  }}
}}
"""


class Locks(InCloud):
    """While an environment is changed, another change is refused: its state is locked."""

    id = "infra.lock"
    requires = ("infra.format",)
    only_for = ("cloud-gcp", "cloud-azure")
    clouds: ClassVar[tuple[str, ...]] = ("gcp", "azure")

    def run(self, subject: Subject) -> None:
        """A change goes on while there is another, or the lock stays after it."""
        need_terraform(subject.project)
        folder = laid_out(subject)
        with KEPT[str(subject.answers["cloud"])](subject, folder / "project.tf") as place:
            variables = {**subject.project.environment, **place.environment}
            staging = Terraform(replace(subject.project, environment=variables), folder)
            staging.must("init", "init", "-input=false", "-no-color")
            with ThreadPoolExecutor(1) as pool:
                other = pool.submit(staging.apply, "apply")
                try:
                    wait_for_lock(place.locked)
                    refused(staging, "Error acquiring the state lock")
                finally:
                    (folder / GO_ON).touch()
                other.result()
            staging.settled("plan")


def in_google(subject: Subject, backend: Path) -> AbstractContextManager[Place]:
    """Return a stand-in of Cloud Storage, where this backend keeps its state."""
    need("fake-gcs-server", subject.project, "uvx", "--from", storage.PACKAGE, "python", "-c", "")
    bucket, prefix = words_of(backend, "bucket", "prefix")
    return storage.storage(subject.work / "storage", bucket, prefix)


def in_azure(subject: Subject, backend: Path) -> AbstractContextManager[Place]:
    """Return a stand-in of Azure's storage, where this backend keeps its state."""
    if SYSTEM != "linux":
        raise NotVerified("a terraform that takes a certificate from a variable")
    need("openssl", subject.project, "openssl", "version")
    packages = node_packages(subject.project, (azurite.PACKAGE,))
    names = words_of(backend, "storage_account_name", "container_name", "key")
    return azurite.blobs(packages, subject.work / "storage", *names)


KEPT = {"gcp": in_google, "azure": in_azure}


def laid_out(subject: Subject) -> Path:
    """Return a folder with the names and the backend of staging, and something to change."""
    folder = subject.work / "infra-lock" / "staging"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy2(subject.root / "infra" / "envs" / "staging" / "project.tf", folder)
    (folder / "main.tf").write_text(CHANGE, encoding="utf-8")
    return folder
