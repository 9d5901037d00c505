"""The checks of the infrastructure turn red on a planted fault; none of their tools is needed."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mlstamp.checks import infra, infra_moto, infra_schema
from mlstamp.checks.base import Failed, NotVerified, Subject
from mlstamp.errors import StepFailed
from mlstamp.moto import FORGOTTEN, override
from mlstamp.project import Completed, Project
from tests.conftest import Rendered
from tests.support import write_all

ENVIRONMENT = {"main.tf": "module {}", "project.tf": "one", "terraform.tfvars": "a = 1"}
BUCKET = 'resource "google_bucket" "state" {\n  name = google_key.a.id\n}\n'
PARSED = {"name": '"state"', "rule": [{"days": 3, "__is_block__": True}], "__is_block__": True}
DECLARED = """\
export interface BucketConfig extends cdktf.TerraformMetaArguments {
    /**
    * The name. {@link https://docs/bucket#name Bucket#name}
    */
    readonly name: string;
    /**
    * {@link https://docs/bucket#display_labels Bucket#display_labels}
    */
    readonly displayLabels?: {
        [key: string]: string;
    };
    /**
    * {@link https://docs/bucket#rule Bucket#rule}
    */
    readonly rule: BucketRule[] | cdktf.IResolvable;
}
export interface BucketRule {
    /**
    * {@link https://docs/bucket#days Bucket#days}
    */
    readonly days: number;
}
export declare class Bucket extends cdktf.TerraformResource {
    get selfLink(): string;
}
"""


@dataclass
class Played(Project):
    """Answers each command with what a test says of a word in it: an exit code and a text."""

    said: dict[str, tuple[int, str]] = field(default_factory=dict)
    commands: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, *command: str, timeout: float = 600) -> Completed:
        self.commands.append(command)
        found = [self.said[word] for word in command if word in self.said]
        code, text = found[-1] if found else (0, "")
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{len(self.commands)}.log"
        log.write_text(text, encoding="utf-8")
        return Completed(command, code, 0.0, text, log)


def played(folder: Path, cloud: str = "aws", /, **said: tuple[int, str]) -> Subject:
    """Return a subject with two environments alike, whose commands answer as they are told."""
    texts = {f"infra/envs/{e}/{n}": t for e in ("staging", "prod") for n, t in ENVIRONMENT.items()}
    write_all(folder / "root", {**texts, "infra/bootstrap/main.tf": "", "infra/infra.just": ""})
    words = {word.replace("_", "-"): answer for word, answer in said.items()}
    project = Played(folder / "root", folder / "logs", said=words)
    return Subject(
        project, folder / "work", f"cloud-{cloud}", {"cloud": cloud, "deploy": "service"}
    )


def test_a_check_concerns_only_those_in_its_cloud(tmp_path: Path) -> None:
    subject = played(tmp_path, "gcp")
    assert infra.Formatted().concerns(subject)
    assert infra_schema.Schema().concerns(subject)
    assert not infra_moto.Applies().concerns(subject)
    assert not infra.Formatted().concerns(replace(subject, answers={"cloud": "none"}))
    assert infra.SameEnvironments().concerns(subject)
    answers: dict[str, object] = {"cloud": "gcp", "deploy": "kubernetes"}
    assert not infra.SameEnvironments().concerns(replace(subject, answers=answers))


def test_two_environments_that_differ_in_code_are_red(tmp_path: Path) -> None:
    subject = played(tmp_path)
    write_all(subject.root, {"infra/envs/prod/terraform.tfvars": "a = 2"})
    infra.SameEnvironments().run(subject)
    write_all(subject.root, {"infra/envs/prod/extra.tf": "resource {}"})
    with pytest.raises(Failed, match=r"extra\.tf"):
        infra.SameEnvironments().run(subject)


def test_a_file_that_is_not_formatted_is_red_and_no_terraform_is_said(tmp_path: Path) -> None:
    infra.Formatted().run(played(tmp_path))
    with pytest.raises(StepFailed, match="fmt"):
        infra.Formatted().run(played(tmp_path, fmt=(3, "main.tf")))
    with pytest.raises(NotVerified, match="terraform"):
        infra.Formatted().run(played(tmp_path, version=(1, "")))


def test_a_recipe_that_fails_is_red(tmp_path: Path) -> None:
    infra.Valid().run(played(tmp_path, infra_check=(0, "Success! 10 passed, 0 failed.")))
    with pytest.raises(StepFailed, match="infra-check"):
        infra.Valid().run(played(tmp_path, infra_check=(1, "Unsupported argument")))
    with pytest.raises(Failed, match="no tests"):
        infra.Valid().run(played(tmp_path, infra_check=(0, "Success! 0 passed, 0 failed.")))


def test_a_provider_that_cannot_be_had_is_said_and_a_broken_file_is_red(tmp_path: Path) -> None:
    offline = (1, "Error: Failed to query available provider packages")
    with pytest.raises(NotVerified, match="terraform provider aws"):
        infra.Valid().run(played(tmp_path, init=offline))
    with pytest.raises(Failed, match="Invalid block"):
        infra.Valid().run(played(tmp_path, init=(1, "Error: Invalid block definition")))


def test_a_scan_that_finds_something_or_sees_nothing_is_red(tmp_path: Path) -> None:
    infra.Policies().run(played(tmp_path, infra_scan=(0, "Passed checks: 99, Failed checks: 0")))
    with pytest.raises(StepFailed, match="infra-scan"):
        infra.Policies().run(played(tmp_path, infra_scan=(1, "FAILED for resource")))
    with pytest.raises(Failed, match="only 0"):
        infra.Policies().run(played(tmp_path))
    with pytest.raises(NotVerified, match="checkov"):
        infra.Policies().run(played(tmp_path, **{"--version": (1, "")}))


@pytest.mark.parametrize("comment", ["checkov:skip=CKV_A_1", "checkov:skip=CKV_A_1:because"])
def test_a_finding_without_a_reason_is_red(tmp_path: Path, comment: str) -> None:
    subject = played(tmp_path)
    write_all(subject.root, {"infra/bootstrap/main.tf": f"a {{\n  #{comment}\n}}\n"})
    with pytest.raises(Failed, match=r"bootstrap/main\.tf:2 gives no reason"):
        infra.Policies().run(subject)


def test_a_declaration_file_is_read_as_a_schema() -> None:
    kind = infra_schema.kind_of(DECLARED)
    assert kind.fields["name"] == (True, None)
    assert kind.fields["display_labels"] == (False, None)
    assert kind.computed == {"self_link"}
    required, rule = kind.fields["rule"]
    assert required
    assert rule
    assert rule.fields.keys() == {"days"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"nmae": "1"}, " knows no nmae"),
        ({"name": None}, " needs name"),
        ({"rule": None}, " needs rule"),
        ({"rule": [{"day": 3, "days": 3, "__is_block__": True}]}, ".rule knows no day"),
    ],
)
def test_what_the_provider_would_refuse_is_found(change: dict[str, object], fault: str) -> None:
    kind = infra_schema.kind_of(DECLARED)
    assert list(infra_schema.faults_of(PARSED, kind)) == []
    broken = {key: value for key, value in (PARSED | change).items() if value is not None}
    assert list(infra_schema.faults_of(broken, kind)) == [fault]


def test_each_dynamic_block_counts_as_a_block() -> None:
    kind = infra_schema.kind_of(DECLARED)
    dynamic = {"for_each": [1], "content": [{"__is_block__": True}], "__is_block__": True}
    good = {"for_each": [1], "content": [{"days": 1, "__is_block__": True}], "__is_block__": True}
    body = {"name": "1", "dynamic": [{'"rule"': dynamic}, {'"rule"': good}], "__is_block__": True}
    assert list(infra_schema.faults_of(body, kind)) == [".rule needs days"]


def test_the_schema_check_is_red_on_a_misspelt_argument_and_a_wrong_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLSTAMP_CACHE", str(tmp_path))
    archive(tmp_path / "npm" / "cdktf-provider-google-16.12.1.tgz")
    body = {**PARSED, "nmae": "1"}
    text = json.dumps({"resource": [{'"google_bucket"': {'"state"': body}}]})
    subject = played(tmp_path, "gcp", **{"--quiet": (0, text)})
    write_all(subject.root, {"infra/bootstrap/main.tf": BUCKET + "a = google_bucket.state.nope\n"})
    listed = ["infra/bootstrap/main.tf"]
    monkeypatch.setattr(Subject, "files", lambda _: listed)
    with pytest.raises(Failed, match=r"knows no nmae.*google_bucket has no nope"):
        infra_schema.Schema().run(subject)


def archive(path: Path) -> None:
    """Write a package that declares one resource."""
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz") as package:
        member = tarfile.TarInfo("package/lib/bucket/index.d.ts")
        member.size = len(DECLARED)
        package.addfile(member, io.BytesIO(DECLARED.encode()))


def test_no_npm_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLSTAMP_CACHE", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(NotVerified, match="npm"):
        infra_schema.tarball(played(tmp_path).project, "@a/b@1")


def test_a_plan_that_wants_changes_or_is_not_refused_is_red(tmp_path: Path) -> None:
    changing = (0, "Plan: 0 to add, 1 to change, 0 to destroy.")
    project = played(tmp_path, plan=changing).project
    staging = infra_moto.Terraform(project, tmp_path)
    with pytest.raises(Failed, match="1 to change"):
        staging.settled("second plan")
    with pytest.raises(Failed, match="not refused"):
        infra_moto.refused(staging, "is not a digest")
    project = played(tmp_path, plan=(1, "│ image is\n│ not a digest")).project
    infra_moto.refused(replace(staging, project=project), "is not a digest")


def test_no_moto_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotVerified, match="moto"):
        infra_moto.Applies().run(played(tmp_path, moto_server=(1, ""), **{"--help": (1, "")}))


def test_what_makes_terraform_talk_to_moto_fits_the_template(
    rendered: Rendered, tmp_path: Path
) -> None:
    root = rendered(profile="minimal", cloud="aws")
    subject = Subject(Project(root, tmp_path / "logs"), tmp_path)
    copy = infra.copied(subject, "moto")
    override(copy / "infra", "http://127.0.0.1:1")
    written = (copy / "infra/envs/prod/moto_override.tf").read_text(encoding="utf-8")
    assert 'key          = "prod/service.tfstate"' in written
    assert infra_moto.state_place(copy) == "acme-churn-terraform-state/staging/service.tfstate"
    modules = "".join(p.read_text() for p in (root / "infra/modules/service").glob("*.tf"))
    names = [name.partition(".")[::2] for name in FORGOTTEN]
    missing = [n for n in names if f'resource "{n[0]}" "{n[1]}"' not in modules]
    assert missing == []
