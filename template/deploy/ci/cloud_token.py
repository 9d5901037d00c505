"""Put the token by which the pipeline says who it is where the cloud's tools look for it."""

import os
import sys
from pathlib import Path

PLACE = Path("dist/cloud-token")


def main() -> int:
    """Write the token so that nobody else can read it, and return the exit code."""
    if not (said := os.environ.get("CLOUD_TOKEN")):
        print("CLOUD_TOKEN is not set: a job of the pipeline gets it (id_tokens).", file=sys.stderr)
        return 1
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.unlink(missing_ok=True)
    file = os.open(PLACE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as token:
        token.write(said)  # the runner takes dist/ away
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
