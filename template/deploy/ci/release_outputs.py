"""Tell the workflow which image dist/release.json names, as outputs of the step."""

import json
import os
from pathlib import Path


def outputs(image: str) -> str:
    """Return the name and the digest of an image, a line each."""
    name, _, digest = image.partition("@")
    return f"name={name}\ndigest={digest}\n"


if __name__ == "__main__":
    said = outputs(json.loads(Path("dist/release.json").read_text(encoding="utf-8"))["image"])
    with Path(os.environ.get("GITHUB_OUTPUT", os.devnull)).open("a", encoding="utf-8") as file:
        file.write(said)
    print(said, end="")
