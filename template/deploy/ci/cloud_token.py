"""Put the token by which the pipeline says who it is where the cloud's tools look for it."""

import os
from pathlib import Path

PLACE = Path("dist/cloud-token")


def main() -> None:
    """Write the token so that nobody else can read it; the runner takes dist/ away."""
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.unlink(missing_ok=True)
    file = os.open(PLACE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as token:
        token.write(os.environ["CLOUD_TOKEN"])


if __name__ == "__main__":
    main()
