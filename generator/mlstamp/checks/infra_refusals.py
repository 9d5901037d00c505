"""What a plan has to refuse, where the provider that would make the plan cannot be had.

Terraform itself evaluates the conditions: they are taken out of the module, with its variables,
and what they ask of the cloud is played by values.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from .base import Failed, Subject, expect, listing
from .infra import COLOUR, InCloud, need_terraform

MODULE = Path("infra", "modules", "service")
DIGEST = f"registry.test/song@sha256:{'a' * 64}"
NAMED = {"project": "song", "environment": "staging", "image": DIGEST}
# What stands for the cloud, by the root of an expression.
_ROOTS = (
    (re.compile(r"\b(local|self|each)\.(?=\w)"), r"local.played.\1."),
    (re.compile(r"\bdata\.(\w+)\.(\w+)"), r"local.played.\1_\2"),
)
_CONDITION = re.compile(r"^ +condition +=.*\n +error_message +=.*\n", re.MULTILINE)


@dataclass(frozen=True)
class Refusal:
    """A condition of a block, with what the cloud says where it holds and where it does not."""

    block: str
    right: dict[str, Any]
    wrong: dict[str, Any]
    said: str


@dataclass(frozen=True)
class Cloud:
    """The variables of its module, its conditions, and the line that pins a plan to one account."""

    variables: dict[str, Any]
    refusals: tuple[Refusal, ...]
    pin: str


OURS = "11111111-1111-1111-1111-111111111111"
_LISTED = "google_secret_manager_secrets_known"
CLOUDS = {
    "gcp": Cloud(
        NAMED
        | {"project_id": "song-1", "project_number": "1", "region": "here", "callers": ["me"]}
        | {"secrets": {"SONG_LOG_URL": "song-log"}},
        (
            Refusal(
                'data "google_project" "this"',
                {"self": {"number": "1"}},
                {"self": {"number": "2"}},
                "Project song-1 is not number 1: these are credentials, or values, of another",
            ),
            Refusal(
                'data "google_secret_manager_secret" "this"',
                {_LISTED: [{"secrets": [{"secret_id": "song-log"}]}]},
                {_LISTED: [{"secrets": [{"secret_id": "other"}]}]},
                "SONG_LOG_URL needs the secret song-log, which is not in project song-1",
            ),
        ),
        r"project += var\.project_id",
    ),
    "azure": Cloud(
        NAMED
        | {"subscription_id": OURS, "allowed_cidrs": ["10.0.0.0/8"]}
        | {"secrets": {"SONG_LOG_URL": "song-log"}},
        (
            Refusal(
                'data "azurerm_subscriptions" "visible"',
                {"self": {"subscriptions": [{"subscription_id": OURS}]}},
                {"self": {"subscriptions": [{"subscription_id": "2" * 8}]}},
                f"These credentials do not reach the subscription {OURS}: they are of another",
            ),
            Refusal(
                'resource "azurerm_container_app" "this"',
                {"local": {"known": ["song-log", "other"]}},
                {"local": {"known": ["other"]}},
                "These secrets are not in the vault: song-log.",
            ),
        ),
        r"subscription_id += var\.subscription_id",
    ),
}
EACH = {"each": {"key": "SONG_LOG_URL", "value": "song-log"}}


class Refuses(InCloud):
    """A tag for an image, a missing secret or another account stops a plan, in a sentence."""

    id = "infra.refusals"
    requires = ("infra.format",)
    clouds: ClassVar[tuple[str, ...]] = tuple(CLOUDS)

    def run(self, subject: Subject) -> None:
        """A plan goes on that should have been refused, or does not say why it stops."""
        cloud = CLOUDS[str(subject.answers["cloud"])]
        faults = unpinned(subject.root / "infra", cloud.pin)
        expect(not faults, f"any account will do for {listing(faults)}")
        if subject.answers.get("deploy") == "service":
            need_terraform(subject.project)
            self._plan(subject, cloud)

    def _plan(self, subject: Subject, cloud: Cloud) -> None:
        right = {key: value for one in cloud.refusals for key, value in one.right.items()}
        said = planned(subject, cloud, right)
        expect(not said, f"refused, though all is right: {listing(said)}")
        for one in cloud.refusals:
            self._refused(subject, cloud, right | one.wrong, one.said)
        tag = "registry.test/song:latest"
        self._refused(subject, cloud, right, "image is not a digest", image=tag)

    def _refused(
        self, subject: Subject, cloud: Cloud, played: dict[str, Any], sentence: str, **others: str
    ) -> None:
        said = planned(subject, cloud, played, **others)
        expect(any(sentence in one for one in said), f"not refused: {sentence}")


def unpinned(infra: Path, pin: str) -> list[str]:
    """Return the roots whose provider takes whatever account the credentials are for."""
    wanted = re.compile(rf'^provider "\w+" {{\n(?:  .*\n)*?  {pin}$', re.MULTILINE)
    roots = [path for path in sorted(infra.glob("**/*.tf")) if _has_provider(path)]
    expect(roots, "no provider is set up")
    return [
        path.relative_to(infra).as_posix()
        for path in roots
        if not wanted.search(path.read_text(encoding="utf-8"))
    ]


def _has_provider(path: Path) -> bool:
    return re.search(r'^provider "', path.read_text(encoding="utf-8"), re.MULTILINE) is not None


def planned(subject: Subject, cloud: Cloud, played: dict[str, Any], **others: str) -> list[str]:
    """Return why Terraform refuses a plan of the conditions alone: nothing, when it does not."""
    folder = subject.work / "infra-refusals"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    module = subject.root / MODULE
    shutil.copy2(module / "variables.tf", folder)
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(module.glob("*.tf")))
    blocks = [alone(text, one.block, number) for number, one in enumerate(cloud.refusals)]
    head = 'locals {\n  played = jsondecode(file("${path.module}/played.json"))\n}\n'
    (folder / "main.tf").write_text(head + "".join(blocks), encoding="utf-8")
    (folder / "played.json").write_text(json.dumps(EACH | played), encoding="utf-8")
    values = json.dumps(cloud.variables | others)
    (folder / "terraform.tfvars.json").write_text(values, encoding="utf-8")
    place = ("terraform", f"-chdir={folder.as_posix()}")
    subject.project.must(*place, "init", "-input=false", "-no-color")
    done = subject.project.run(*place, "plan", "-input=false", "-no-color", "-json")
    return _reasons(done.stdout) if done.code else []


def alone(text: str, block: str, number: int) -> str:
    """Return the first condition of a block, as one of a resource that needs no provider."""
    found = re.search(rf"^{re.escape(block)} {{\n(.*?)^}}", text, re.MULTILINE | re.DOTALL)
    condition = _CONDITION.search(found[1]) if found else None
    if condition is None:
        raise Failed(f"{block} has no condition")
    lines = condition[0]
    for pattern, instead in _ROOTS:
        lines = pattern.sub(instead, lines)
    inner = f"  lifecycle {{\n    precondition {{\n{lines}    }}\n  }}\n"
    return f'resource "terraform_data" "refusal_{number}" {{\n{inner}}}\n'


def _reasons(said: str) -> list[str]:
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    found = [line["diagnostic"] for line in lines if line.get("type") == "diagnostic"]
    return [COLOUR.sub("", f"{one['summary']}: {one.get('detail', '')}") for one in found]
