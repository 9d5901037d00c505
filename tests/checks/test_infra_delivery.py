"""What is stable after a recipe is read from the state, and a refusal has to say why."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest

from mlstamp.checks import infra_delivery, infra_lock, released
from mlstamp.checks.base import Failed, NotVerified
from mlstamp.checks.infra_delivery import Delivers, Staging
from mlstamp.checks.infra_moto import NEW, OLD
from mlstamp.checks.infra_refusals import CLOUDS
from mlstamp.stand_in import Place
from tests.checks.test_infra import Played, played
from tests.conftest import Rendered


def state(**values: str | None) -> tuple[int, str]:
    """Return what terraform says of these outputs."""
    return 0, json.dumps({name: {"value": value} for name, value in values.items()})


def staging(folder: Path, **said: tuple[int, str]) -> Staging:
    return Staging(played(folder, **said).project)


def release(one: Staging) -> Path:
    return one.project.root / "dist" / "release.json"


def test_another_image_or_a_canary_that_stays_is_red(tmp_path: Path) -> None:
    staging(tmp_path / "a", output=state(image=OLD, canary_url=None)).answers(OLD)
    with pytest.raises(Failed, match="is stable, not"):
        staging(tmp_path / "b", output=state(image=OLD)).answers(NEW)
    with pytest.raises(Failed, match="a canary is left"):
        staging(tmp_path / "c", output=state(image=OLD, canary_url="https://x")).answers(OLD)


def test_before_the_first_deployment_nothing_is_stable(tmp_path: Path) -> None:
    assert staging(tmp_path, output=state()).image() == ""


def test_a_refusal_has_to_be_one_and_in_these_words(tmp_path: Path) -> None:
    right = staging(tmp_path / "a", deploy=(1, "The canary\nwas taken away"))
    right.call("deploy", release(right), "The canary was taken away")
    for at, end in enumerate([(0, "The canary was taken away"), (1, "another reason")]):
        wrong = staging(tmp_path / str(at), deploy=end)
        with pytest.raises(Failed, match="not refused"):
            wrong.call("deploy", release(wrong), "was taken")


@pytest.mark.skipif(not released.SCRIPTS_RUN, reason="the played programs are scripts")
def test_a_release_is_of_the_champion(tmp_path: Path) -> None:
    project = Played(tmp_path, tmp_path / "logs")
    champion = tmp_path / "bundles" / "one"
    champion.mkdir(parents=True)
    (champion.parent / "champion.json").write_text('{"path": "one"}', encoding="utf-8")
    (champion / "contract.json").write_bytes(b"{}")
    golden = {"rows": [{"a": 1}], "scores": [0.5]}
    (champion / "replay.json").write_text(json.dumps(golden), encoding="utf-8")
    made = json.loads(Staging(project).release(OLD).read_text(encoding="utf-8"))
    assert made["image"] == OLD and made["golden"] == golden
    assert made["model_digest"] == hashlib.sha256(b"{}").hexdigest()
    assert {"cosign", "docker"} <= {program.name for program in (tmp_path / "bin").iterdir()}


def test_without_a_provider_the_image_is_one_value_of_the_state(
    tmp_path: Path, rendered: Rendered, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(rendered(profile="minimal", cloud="gcp", container=True), root)
    subject = played(tmp_path / "subject", "gcp")
    copy = Played(root, tmp_path / "logs")
    there = Place({"KEPT": "here"}, lambda: False)
    monkeypatch.setitem(infra_lock.KEPT, "gcp", lambda *_: nullcontext(there))
    with infra_delivery.kept(subject, copy, "http://127.0.0.1:1") as given:
        assert given.environment["KEPT"] == "here"
        assert any(name.endswith("__SIGNED_BY") for name in given.environment)
    folder = root / "infra" / "envs" / "staging"
    assert {path.name for path in folder.glob("*.tf")} == {"main.tf", "project.tf", "variables.tf"}
    assert "http://127.0.0.1:1" in (folder / "main.tf").read_text(encoding="utf-8")
    ours = json.loads((folder / "ours.auto.tfvars.json").read_text(encoding="utf-8"))
    assert ours["project_id"] == CLOUDS["gcp"].variables["project_id"]
    assert "image" not in ours


def test_without_terraform_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotVerified):
        Delivers().run(played(tmp_path, version=(127, "")))
