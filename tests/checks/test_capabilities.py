"""A file that came without its capability is seen by its name, and nothing else is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mlstamp.checks import capabilities
from mlstamp.checks.base import Failed, Subject
from tests.checks.fakes import fake_subject
from tests.conftest import Rendered
from tests.support import files, write_all


def test_a_fresh_render_is_green(subject: Subject) -> None:
    capabilities.OnlyWhatIsOn().run(subject)


@pytest.mark.parametrize(
    ("name", "capability", "off"),
    [
        ("infra/main.tf", "cloud", "none"),
        (".github/workflows/more.yml", "ci", "none"),
        ("src/churn/monitoring/drift/more.py", "drift", False),
        ("deploy/kubernetes/base/more.yaml", "deploy", "service"),
        ("src/churn/serving/cache/__init__.py", "cache", False),
    ],
)
def test_a_file_of_a_capability_that_is_off_is_red(
    tmp_path: Path, name: str, capability: str, off: object
) -> None:
    subject = fake_subject(tmp_path)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    write_all(tmp_path, {name: "x\n", "src/churn/cached.py": "x\n", "deploy/own.just": "x\n"})
    subject.answers = {capability: True}
    capabilities.OnlyWhatIsOn().run(subject)
    subject.answers = {capability: off}
    with pytest.raises(Failed, match=f"{name} without {capability}$"):
        capabilities.OnlyWhatIsOn().run(subject)


def test_hardly_a_file_that_minimal_lacks_could_leak_into_it(rendered: Rendered) -> None:
    off = ("batch", "cache", "monitoring", "retraining", "rollout", "signing", *capabilities.WORDS)
    more = files(rendered(profile="everything")) - files(rendered(profile="minimal"))
    unseen = {f for f in more if not any(capabilities.named_after(name, f) for name in off)}
    assert more
    assert len(unseen) <= 4, unseen
