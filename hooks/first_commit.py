"""After stamping: commit the fresh project, so that an update has a clean tree to start from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MESSAGE = "Stamp out the project with mlstamp"


def run(destination: Path) -> tuple[bool, str]:
    """Commit every file; return whether it worked and a sentence that says so."""
    if not (destination / ".git").exists():
        return False, "Nothing was committed, because the project is not a git repository."
    # What a person has git ignore everywhere may be a part of this project.
    add = ["git", "-c", f"core.excludesFile={os.devnull}", "add", "--all"]
    for command in (add, ["git", "commit", "--quiet", "--message", MESSAGE]):
        done = subprocess.run(
            command, cwd=destination, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            return False, f"Nothing was committed: {_reason(done.stderr or done.stdout)}"
    return True, "Made the first commit."


def _reason(output: str) -> str:
    if "tell me who you are" in output:
        return "tell git your user.name and user.email, then run git commit."
    lines = output.strip().splitlines()
    return lines[-1] if lines else "git gave no reason."


if __name__ == "__main__":
    worked, sentence = run(Path(sys.argv[1]))
    print(sentence)
    sys.exit(0 if worked else 1)
