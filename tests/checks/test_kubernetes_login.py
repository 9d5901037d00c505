"""A log-in after which kubectl does not reach the cluster is red; shell and kubectl are played."""

from __future__ import annotations

import base64
import json
import shutil
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlstamp.checks.base import Failed, NotVerified
from mlstamp.checks.kubernetes_login import Aks, Eks, Gke, LogsIn, Own
from mlstamp.errors import StepFailed
from mlstamp.project import Completed
from tests.checks.fakes import FakeProject, fake_subject
from tests.support import write_all

STEP = 'uv run just cluster-login "$ENVIRONMENT" "$SERVER" "$AUTHORITY"'
ACTION = "template/.github/actions/login/action.yml"
TEMPLATE = {
    "copier.yml": "_subdirectory: template\nci:\n  type: str\ncloud:\n  type: str\n",
    "template/pyproject.toml": '[project.scripts]\nsong = "song.cli:main"\n',
    ACTION: f"runs:\n  steps:\n    - run: {STEP}\n      shell: bash\n",
}
NEEDED = {
    Own(): ("kubectl", "openssl"),
    Aks(): ("kubectl", "openssl"),
    Eks(): ("kubectl", "openssl", "aws"),
    Gke(): ("kubectl", "openssl", "gcloud", "gke-gcloud-auth-plugin"),
}


@dataclass
class Tools(FakeProject):
    """Plays the shell, and a kubectl that shows a token of the CI server for an audience."""

    audience: str = "kubernetes"
    context: str = "song-staging"

    def must(self, *command: str, timeout: float = 600) -> Completed:
        done = super().must(*command, timeout=timeout)
        if "kubectl" not in command:
            return done
        try:
            self._ask(f"{self.environment['SERVER']}/api/v1/namespaces/song-staging", self._token())
        except urllib.error.HTTPError as error:
            raise StepFailed(f"answered {error.code}") from None
        return Completed(command, 0, 0.0, f"namespace/{self.context}\n", done.log)

    def _token(self) -> str:
        given = self.environment
        url = f"{given['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={self.audience}"
        said = self._ask(url, given["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
        return str(json.loads(said)["value"])

    def _ask(self, url: str, token: str) -> bytes:
        authority = base64.b64decode(self.environment["AUTHORITY"]).decode()
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        context = ssl.create_default_context(cadata=authority) if url[4] == "s" else None
        with urllib.request.urlopen(request, context=context) as answer:
            return bytes(answer.read())


def tried(check: LogsIn, tools: Tools) -> None:
    subject = fake_subject(tools.root)
    subject.project, subject.answers = tools, {}
    subject.template = write_all(tools.root / "template", TEMPLATE)
    check.run(subject)


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path, tmp_path / "logs")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")


@pytest.mark.usefixtures("installed")
def test_a_log_in_that_leads_to_the_cluster_is_green(tools: Tools) -> None:
    tried(Own(), tools)
    _, step, again, asked = tools.commands  # after that for the cache of uv
    assert again == step
    assert step[3:5] == ("cluster-login", "staging")
    assert step[5].startswith("https://")
    assert asked[2:-2] == ("kubectl", "--context=song-staging", "get", "namespace")


@pytest.mark.usefixtures("installed")
def test_a_token_for_somebody_else_is_red(tools: Tools) -> None:
    tools.audience = "other"
    with pytest.raises(StepFailed, match="answered 404"):
        tried(Own(), tools)


@pytest.mark.usefixtures("installed")
def test_another_cluster_is_red(tools: Tools) -> None:
    tools.context = "song-prod"
    with pytest.raises(Failed, match="kubectl found 'namespace/song-prod"):
        tried(Own(), tools)


@pytest.mark.usefixtures("installed")
def test_a_pipeline_that_logs_in_nowhere_is_red(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TEMPLATE, ACTION, "runs: {}\n")
    with pytest.raises(Failed, match="0 steps log in"):
        tried(Own(), tools)


@pytest.mark.parametrize(
    ("check", "program"), [(check, one) for check, names in NEEDED.items() for one in names]
)
def test_a_program_that_is_missing_is_said(
    tools: Tools, monkeypatch: pytest.MonkeyPatch, check: LogsIn, program: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == program else f"/bin/{name}")
    with pytest.raises(NotVerified, match=f"^{program}$"):
        tried(check, tools)
