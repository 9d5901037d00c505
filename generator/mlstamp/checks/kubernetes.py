"""What is applied to a cluster builds, is valid and hardened, and fits together."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from ..errors import StepFailed
from . import rules
from .base import Check, Failed, NotVerified, Subject, expect, listing
from .references import Object, containers, dangling, unguarded

VALIDATE = "kubernetes-validate==1.37.0"
JSONSCHEMA = "check-jsonschema==0.39.0"
CHECKOV = "checkov==3.3.30"
FOLDER = "deploy/kubernetes"
COMPONENTS = ("monitoring/database", "monitoring/monitor")  # that an overlay may ask for
ENVIRONMENTS = ("staging", "prod")
DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = "registry.example.com/acme/app"
RELEASE, STAGES = f"{IMAGE}@{DIGEST}", f"{IMAGE}-train@{DIGEST}"
FEWEST_PASSED = 50  # rules of the scanner; fewer mean that it did not see the manifests
SCHEMAS = Path(__file__).with_name("custom_resources.json")
NO_SCHEMA = re.compile(r"Couldn't find schema for kind (\w+)")
RULE = "PrometheusRule"


class KubernetesCheck(Check):
    """A check of deploy/kubernetes, for a subject that has it."""

    def concerns(self, subject: Subject) -> bool:
        """Tell whether Kubernetes runs the subject."""
        return super().concerns(subject) and subject.answers.get("deploy") == "kubernetes"


class Builds(KubernetesCheck):
    """Each overlay builds, in a namespace of its own, and takes a release by its digest."""

    id = "kubernetes.builds"

    def run(self, subject: Subject) -> None:
        """An overlay does not build, shares a namespace, or runs another image than the release."""
        namespaces: list[str] = []
        for environment in ENVIRONMENTS:
            objects = released(subject, environment)
            found = {(o["kind"], c["image"]) for o in objects for c in containers(o)}
            strange = found - {
                ("Rollout", RELEASE),
                ("Deployment", RELEASE),
                ("Deployment", STAGES),
            }
            expect(not strange, f"{environment} runs {sorted(strange)}")
            places = {place_of(o) for o in objects}
            expect(len(places) == 1, f"{environment} is in the namespaces {sorted(places)}")
            namespaces += places
        expect(len(set(namespaces)) == len(ENVIRONMENTS), f"shared: {namespaces}")


class Schema(KubernetesCheck):
    """The manifests keep to the schemas of Kubernetes, Argo Rollouts and Prometheus."""

    id = "kubernetes.schema"
    requires = ("kubernetes.builds",)

    def run(self, subject: Subject) -> None:
        """A manifest has a field that does not exist, lacks one, or is of a kind without schema."""
        validate, schema = tool(subject, VALIDATE), tool(subject, JSONSCHEMA)
        schemas = json.loads(SCHEMAS.read_text(encoding="utf-8"))
        for environment in ENVIRONMENTS:
            objects = released(subject, environment)
            path = written(subject, f"{environment}.yaml", map(as_deployment, objects))
            said = subject.project.must(*validate, "--strict", "--quiet", str(path)).stdout
            unknown = set(NO_SCHEMA.findall(said)) - set(schemas)
            expect(not unknown, f"no schema for {', '.join(sorted(unknown))}")
            for one in (o for o in objects if o["kind"] in schemas):
                place = written(subject, f"{environment}-{one['kind']}.yaml", [one])
                shape = place.with_suffix(".schema.json")
                shape.write_text(json.dumps(schemas[one["kind"]]), encoding="utf-8")
                subject.project.must(*schema, "--schemafile", str(shape), str(place))


class Policy(KubernetesCheck):
    """A policy scanner finds nothing in a release, but for what has its reason beside it."""

    id = "kubernetes.policy"
    requires = ("kubernetes.builds",)

    def run(self, subject: Subject) -> None:
        """The policy scanner finds something, or something is suppressed without a reason."""
        checkov = tool(subject, CHECKOV)
        for environment in ENVIRONMENTS:
            objects = map(as_deployment, released(subject, environment))
            folder = written(subject, f"scan-{environment}/all.yaml", objects).parent
            options = ("--framework", "kubernetes", "--skip-download", "--output", "json")
            done = subject.project.run(*checkov, "--directory", str(folder), *options)
            expect(done.stdout.lstrip().startswith("{"), f"no report: {done.tail()}")
            judge(done.stdout)


def judge(said: str) -> None:
    """Fail when a report of the scanner has findings, bare suppressions, or next to nothing."""
    report = json.loads(said)
    results = report.get("results", {})
    faults = [f"{f['check_id']} {f['check_name']}" for f in results.get("failed_checks", [])]
    expect(not faults, listing(faults))
    bare = [
        skipped["check_id"]
        for skipped in results.get("skipped_checks", [])
        if len(str(skipped["check_result"].get("suppress_comment") or "").split()) < 3
    ]
    expect(not bare, f"suppressed without a reason: {', '.join(bare)}")
    passed = report.get("summary", report).get("passed", 0)
    expect(passed >= FEWEST_PASSED, f"the scanner tried {passed} rules only")


class References(KubernetesCheck):
    """What one manifest says of another is so: names, labels, ports, scaling."""

    id = "kubernetes.references"
    requires = ("kubernetes.builds",)

    def run(self, subject: Subject) -> None:
        """A manifest refers to something that is not there."""
        faults = [
            f"{environment}: {fault}"
            for environment in ENVIRONMENTS
            for fault in dangling(released(subject, environment))
        ]
        expect(not faults, listing(faults))


class Network(KubernetesCheck):
    """Nobody calls a pod, and no pod calls anybody, but where a policy says so."""

    id = "kubernetes.network"
    requires = ("kubernetes.builds",)

    def run(self, subject: Subject) -> None:
        """No policy guards a pod, or one lets everybody through."""
        faults = [
            f"{environment}: {fault}"
            for environment in ENVIRONMENTS
            for fault in unguarded(released(subject, environment))
        ]
        expect(not faults, listing(faults))


class SameRules(KubernetesCheck):
    """The PrometheusRules of the cluster are deploy/monitoring/rules/, rule by rule."""

    id = "kubernetes.rules"
    requires = ("kubernetes.builds",)
    capability = "monitoring"

    def run(self, subject: Subject) -> None:
        """The cluster's rules are not those of deploy/monitoring/rules/."""
        ours = {g["name"]: g for g in rules.groups(subject)}
        applied = [o for o in released(subject, "prod") if o["kind"] == RULE]
        found = {g["name"]: g for one in applied for g in one["spec"]["groups"]}
        expect(ours and found == ours, f"{len(applied)} PrometheusRules, not equal to rules/")


def released(subject: Subject, environment: str) -> list[Object]:
    """Return what is applied to an environment when a release is deployed."""
    if shutil.which("kubectl") is None:
        raise NotVerified("kubectl")
    overlay = tree(subject) / "overlays" / environment
    folder = subject.work / "kubernetes" / f"release-{environment}"
    folder.mkdir(parents=True, exist_ok=True)
    kustomization = {
        "resources": [Path(os.path.relpath(overlay, folder)).as_posix()],
        "images": [
            {"name": "app", "newName": IMAGE, "digest": DIGEST},
            {"name": "monitor", "newName": f"{IMAGE}-train", "digest": DIGEST},
        ],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), encoding="utf-8")
    said = subject.project.must("kubectl", "kustomize", str(folder)).stdout
    objects: list[Object] = list(yaml.safe_load_all(said))
    if not any(o["kind"] == "Rollout" for o in objects):
        raise Failed(f"{environment} has no Rollout")
    return objects


def tree(subject: Subject) -> Path:
    """Return a copy of the manifests in which prod has every component that it can have."""
    copy = subject.work / "kubernetes" / "tree"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(subject.root / FOLDER, copy)
    overlay = copy / "overlays" / "prod" / "kustomization.yaml"
    if there := [f"../../{name}" for name in COMPONENTS if (copy / name).is_dir()]:
        asked = yaml.safe_load(overlay.read_text(encoding="utf-8"))
        asked["components"] = [*asked.get("components", []), *there]
        overlay.write_text(yaml.safe_dump(asked), encoding="utf-8")
    return copy


def place_of(one: Object) -> str:
    """Return the namespace that an object is in, or is."""
    metadata = one["metadata"]
    return str(metadata["name"] if one["kind"] == "Namespace" else metadata.get("namespace"))


def as_deployment(one: Object) -> Object:
    """Return a Rollout as a Deployment, whose pods the tools know how to judge."""
    if one["kind"] != "Rollout":
        return one
    same = ("selector", "template", "minReadySeconds", "revisionHistoryLimit")
    spec = {key: value for key, value in one["spec"].items() if key in same}
    return {**one, "apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}


def written(subject: Subject, name: str, objects: Any) -> Path:
    """Write objects to a file of the working folder and return its path."""
    path = subject.work / "kubernetes" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump_all(list(objects)), encoding="utf-8")
    return path


def tool(subject: Subject, requirement: str) -> tuple[str, ...]:
    """Return the command of a pinned tool from PyPI; raises NotVerified when it cannot be had."""
    try:
        subject.project.must("uvx", requirement, "--version")
    except StepFailed:
        raise NotVerified(requirement.partition("=")[0]) from None
    return ("uvx", requirement)
