"""One change of an environment at a time, where no provider can be had: the lock of its state."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from ..storage import PACKAGE, environment, storage
from .base import Subject
from .infra import InCloud, need, need_terraform
from .infra_moto import Terraform, refused, wait_for_lock, words_of

# What is changed is nothing in a cloud; it takes until a file says go on, but a minute at most.
GO_ON = "go-on"
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
    only_for = ("cloud-gcp",)
    clouds: ClassVar[tuple[str, ...]] = ("gcp",)

    def run(self, subject: Subject) -> None:
        """A change goes on while there is another, or the lock stays after it."""
        need_terraform(subject.project)
        need("fake-gcs-server", subject.project, "uvx", "--from", PACKAGE, "python", "-c", "")
        folder = laid_out(subject)
        bucket, prefix = words_of(folder / "project.tf", "bucket", "prefix")
        with storage(subject.work / "storage", bucket) as url:
            project = subject.project
            there = replace(project, environment=project.environment | environment(url))
            staging = Terraform(there, folder)
            staging.must("init", "init", "-input=false", "-no-color")
            lock = quote(f"{prefix}/default.tflock", safe="")
            with ThreadPoolExecutor(1) as pool:
                other = pool.submit(staging.apply, "apply")
                try:
                    wait_for_lock(f"{url}/storage/v1/b/{bucket}/o/{lock}")
                    refused(staging, "Error acquiring the state lock")
                finally:
                    (folder / GO_ON).touch()
                other.result()
            staging.settled("plan")


def laid_out(subject: Subject) -> Path:
    """Return a folder with the names and the backend of staging, and something to change."""
    folder = subject.work / "infra-lock" / "staging"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy2(subject.root / "infra" / "envs" / "staging" / "project.tf", folder)
    (folder / "main.tf").write_text(CHANGE, encoding="utf-8")
    return folder
