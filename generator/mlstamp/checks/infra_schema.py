"""Terraform files held against the schema of their provider, where the provider cannot be had."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from .. import store
from ..errors import StepFailed
from ..project import Project
from .base import NotVerified, Subject, expect, listing
from .infra import InCloud, need

HCL = "python-hcl2==8.1.4"
PACKAGES = {
    "gcp": ("google", "@cdktf/provider-google@16.12.1"),
    "azure": ("azurerm", "@cdktf/provider-azurerm@14.23.1"),
}
# What Terraform itself knows in any resource.
META = {"count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner"}
_INTERFACE = re.compile(r"^export interface (\w+)[^{]*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"#(\w+) \w+#\w+\}(?:(?!\*/).)*\*/\s+readonly \w+(\??): (\w+|\{)", re.DOTALL)
_GETTER = re.compile(r"^    get (\w+)\(\)", re.MULTILINE)


class Schema(InCloud):
    """Each argument and block is one that the provider's schema knows, and none is missing."""

    id = "infra.schema"
    clouds: ClassVar[tuple[str, ...]] = ("gcp", "azure")

    def run(self, subject: Subject) -> None:
        """The provider would refuse a file of infra/."""
        prefix, package = PACKAGES[str(subject.answers["cloud"])]
        parsed = read_hcl(subject)
        wanted = {name for file in parsed.values() for name, *_ in resources(file)}
        wanted = {name for name in wanted if name.removeprefix("data.").startswith(f"{prefix}_")}
        expect(wanted, f"no resource of {prefix} was found")
        kinds = schemas(tarball(subject.project, package), wanted)
        faults = [
            f"{name}: {fault}"
            for name, file in parsed.items()
            for fault in (*wrong(file, kinds, prefix), *dangling(subject, name, kinds, prefix))
        ]
        expect(not faults, listing(faults))


def read_hcl(subject: Subject) -> dict[str, Any]:
    """Return each .tf file of infra/, parsed, by its name."""
    tool = ("uvx", "--from", HCL, "hcl2tojson")
    need("python-hcl2", subject.project, *tool, "--version")
    names = [n for n in subject.files() if n.startswith("infra/") and n.endswith(".tf")]
    return {name: json.loads(subject.project.must(*tool, "--quiet", name).stdout) for name in names}


def tarball(project: Project, package: str) -> Path:
    """Return the package as npm has it, fetched once."""
    folder = store.home() / "npm"
    name, _, version = package.removeprefix("@").replace("/", "-").partition("@")
    path = folder / f"{name}-{version}.tgz"
    if not path.is_file():
        npm = shutil.which("npm")
        if npm is None:
            raise NotVerified("npm")
        folder.mkdir(parents=True, exist_ok=True)
        try:
            project.must(npm, "pack", "--silent", "--pack-destination", str(folder), package)
        except StepFailed:
            raise NotVerified(f"npm {package}") from None
    return path


@dataclass(frozen=True)
class Kind:
    """A block: its arguments by name, with whether one must be there and the block it holds."""

    fields: dict[str, tuple[bool, Kind | None]]
    computed: set[str] = field(default_factory=set)


def schemas(path: Path, wanted: set[str]) -> dict[str, Kind]:
    """Return what the package declares of the wanted resources; `data.` marks data sources."""
    places = {f"package/lib/{place(name)}/index.d.ts": name for name in wanted}
    found: dict[str, Kind] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name = places.get(member.name)
            stream = archive.extractfile(member) if name else None
            if name and stream:
                found[name] = kind_of(stream.read().decode("utf-8"))
    return found


def place(name: str) -> str:
    """Return the folder of a resource: cloud-run-v2-service, data-google-project."""
    provider_less = name.partition("_")[2]
    known = f"data-{name.removeprefix('data.')}" if name.startswith("data.") else provider_less
    return known.replace("_", "-")


def kind_of(text: str) -> Kind:
    """Return the schema that a declaration file holds."""
    bodies = dict(_INTERFACE.findall(text))

    def build(name: str) -> Kind:
        return Kind(
            {
                snake: (not optional, build(kind) if kind in bodies else None)
                for snake, optional, kind in _FIELD.findall(bodies[name])
            }
        )

    top = next(name for name in bodies if name.endswith("Config") and f"{name} extends" in text)
    return Kind(build(top).fields, {snaked(name) for name in _GETTER.findall(text)})


def snaked(name: str) -> str:
    """Return a camel-case name as Terraform writes it."""
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)


def resources(file: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield kind, name and body of each resource and data source."""
    for section, mark in (("resource", ""), ("data", "data.")):
        for entry in file.get(section, []):
            for kind, named in entry.items():
                for name, body in named.items():
                    yield mark + kind.strip('"'), name.strip('"'), body


def wrong(file: dict[str, Any], kinds: dict[str, Kind], prefix: str) -> Iterator[str]:
    """Yield what the provider would refuse in a file."""
    for kind, name, body in resources(file):
        if not kind.removeprefix("data.").startswith(f"{prefix}_"):
            continue
        if kind not in kinds:
            yield f"{kind} is no resource of the provider"
        else:
            yield from (f"{kind}.{name}{fault}" for fault in faults_of(body, kinds[kind]))


def faults_of(body: dict[str, Any], kind: Kind, *, top: bool = True) -> Iterator[str]:
    """Yield unknown and missing arguments of a block and of those in it."""
    given = dict(arguments(body))
    known = kind.fields.keys() | (META if top else set())
    yield from (f" knows no {name}" for name in given if name not in known)
    for name, (required, inner) in kind.fields.items():
        if required and name not in given:
            yield f" needs {name}"
        if inner:
            for block in given.get(name, []):
                yield from (f".{name}{fault}" for fault in faults_of(block, inner, top=False))


def arguments(body: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each argument of a block with the blocks that it holds, dynamic ones among them."""
    dynamic: dict[str, list[dict[str, Any]]] = {}
    for entry in body.get("dynamic", []):
        for name, said in entry.items():
            dynamic.setdefault(name.strip('"'), []).extend(said["content"])
    for name, value in body.items():
        if name not in {"__is_block__", "dynamic"}:
            listed = value if isinstance(value, list) else [value]
            blocks = [item for item in listed if isinstance(item, dict) and "__is_block__" in item]
            yield name.strip('"'), [*blocks, *dynamic.pop(name, [])]
    yield from dynamic.items()


def dangling(subject: Subject, name: str, kinds: dict[str, Kind], prefix: str) -> Iterator[str]:
    """Yield references to attributes that a resource does not have."""
    pattern = rf"((?:data\.)?{prefix}_\w+)\.\w+(?:\[[^\]]*\])?\.([a-z]\w*)"
    for kind, attribute in re.findall(pattern, subject.text(name)):
        if kind in kinds and attribute not in kinds[kind].fields.keys() | kinds[kind].computed:
            yield f"{kind} has no {attribute}"
