"""A registry and a cloud that are played let in who shows what they gave."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from mlstamp.azure import Azure
from mlstamp.checks import ci_logins
from mlstamp.checks.base import Failed, NotVerified
from mlstamp.checks.ci_logins import IDENTITY, PASSWORD, There
from tests.checks.pipelines import repository


def there(folder: Path) -> There:
    return There(repository(folder).project, "http://127.0.0.1:1")


def basic(said: str) -> str:
    return "Basic " + base64.b64encode(said.encode()).decode()


def test_a_registry_asks_for_its_password(tmp_path: Path) -> None:
    place = there(tmp_path)
    assert not place.registry("")
    assert not place.registry(basic("AWS:other"))
    assert place.registry(basic(f"AWS:{PASSWORD}"))
    assert place.logins == [f"AWS:{PASSWORD}"]
    assert place.repository == "127.0.0.1:1/acme/churn"


def test_a_cloud_gives_keys_for_an_identity_and_a_password_for_its_registry(tmp_path: Path) -> None:
    place = there(tmp_path)
    assert "AccessKeyId" in place.cloud("", urlencode({"WebIdentityToken": IDENTITY}))
    assert place.identities == [IDENTITY]
    (given,) = json.loads(place.cloud("ECR.GetAuthorizationToken", "{}"))["authorizationData"]
    assert base64.b64decode(given["authorizationToken"]).decode() == f"AWS:{PASSWORD}"


def test_another_identity_or_password_is_red(tmp_path: Path) -> None:
    place = there(tmp_path)
    place.identities, place.logins = ["a fork"], [f"AWS:{PASSWORD}"]
    with pytest.raises(Failed, match="a fork"):
        ci_logins.Aws().holds(place)
    place.identities, place.logins = [IDENTITY], ["AWS:other"]
    with pytest.raises(Failed, match="the registry was shown"):
        ci_logins.Aws().holds(place)
    for other in (ci_logins.OwnRegistry(), ci_logins.InAzure()):
        with pytest.raises(Failed, match="the registry was shown"):
            other.holds(place)


def test_without_the_tool_of_a_cloud_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    for check, tool in ((ci_logins.Aws(), "aws"), (ci_logins.InAzure(), "docker")):
        with pytest.raises(NotVerified, match=tool):
            check.run(repository(tmp_path / tool))


def test_without_az_nothing_is_said_of_azure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_to_be_had(*_: object) -> Path:
        raise NotVerified("az")

    monkeypatch.setattr(ci_logins, "program_of", not_to_be_had)
    subject = repository(tmp_path)
    azure = ci_logins.in_azure(subject, subject.project, Azure(IDENTITY))
    with pytest.raises(NotVerified, match=r"^az$"), azure:
        pytest.fail("it went on without az")
