"""After stamping: make the new project a git repository, which `copier update` needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def run(destination: Path) -> tuple[bool, str]:
    """Run `git init` in the project; return whether it worked and a sentence that says so."""
    command = ["git", "init", "--quiet", "--initial-branch=main"]
    try:
        done = subprocess.run(command, cwd=destination, capture_output=True, text=True)
    except FileNotFoundError:
        return False, "No git repository was made, because git is not installed."
    if done.returncode:
        return False, f"No git repository was made: {done.stderr.strip() or 'git init failed'}"
    return True, "Made a git repository on branch main."


if __name__ == "__main__":
    worked, sentence = run(Path(sys.argv[1]))
    print(sentence)
    sys.exit(0 if worked else 1)
