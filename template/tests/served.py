"""Help for tests of the prediction service, on whatever columns the schema has."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from tests.support import load

columns = load("features.columns")


class FakeLog:
    """A prediction log that remembers in memory."""

    def __init__(self) -> None:
        self.records: list[Any] = []
        self.running = False

    def start(self) -> None:
        self.running = True

    def put(self, records: Sequence[Any]) -> None:
        self.records.extend(records)

    def close(self) -> None:
        self.running = False


def with_serving(settings: Any, **changes: Any) -> Any:
    return settings.model_copy(update={"serving": settings.serving.model_copy(update=changes)})


def with_bundles(settings: Any, bundles: Path) -> Any:
    registry = settings.registry.model_copy(update={"bundles": bundles})
    return settings.model_copy(update={"registry": registry})


def with_log(settings: Any, path: Path, **changes: Any) -> Any:
    changes["log_url"] = f"sqlite:///{path.as_posix()}"
    monitoring = settings.monitoring.model_copy(update=changes)
    return settings.model_copy(update={"monitoring": monitoring})


@contextmanager
def served(settings: Any, log: Any = None) -> Iterator[TestClient]:
    """Run the service of `settings` with real metrics and a log in memory."""
    metrics = load("monitoring.metrics").Metrics()
    app = load("serving.app").create_app(settings, metrics, log or FakeLog())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def bad_values(column: Any) -> list[Any]:
    """Return values that no row may have in this column."""
    if column.choices:
        return ["no such choice", 5]
    wrong: dict[type, list[Any]] = {
        float: ["12", True, [1.5], float("nan"), float("inf")],
        int: ["12", 1.5, True, float("nan")],
        bool: ["yes", 1],
        str: [5, True, ["x"]],
    }
    missing: list[Any] = [] if column.nullable else [None]
    return wrong[column.kind] + missing
