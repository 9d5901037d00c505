"""The service with the session's champion, once for all tests that only ask it things."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.served import FakeLog, served


@pytest.fixture(scope="session")
def memory() -> FakeLog:
    return FakeLog()


@pytest.fixture(scope="session")
def client(champion: Any, memory: FakeLog) -> Iterator[TestClient]:
    with served(champion, memory) as running:
        yield running
