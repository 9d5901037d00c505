"""Seconds from nothing to the first HTTP 200 prediction, installation included."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tables import write

from mlstamp import demo


def main() -> None:
    """Walk the demo, whose first stage is `copier copy` and whose last is a prediction."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        story = demo.run(folder / "demo", demo.Progress(), folder / "logs")
    rows: list[list[object]] = [[stage, f"{value:.1f}"] for stage, value in story.seconds.items()]
    total = sum(story.seconds.values())
    write("First prediction", ["stage", "seconds"], [*rows, ["all", f"{total:.1f}"]])


if __name__ == "__main__":
    main()
