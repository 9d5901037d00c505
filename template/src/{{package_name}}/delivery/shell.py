"""Other programs: what they say, or one sentence when they fail."""

import subprocess

from ..errors import StageError, masked

LINES = 3  # of what a program complained: from where it says so on, or else the last
COMPLAINTS = ("error", "fatal", "unknown")


def run(*words: str, seconds: float = 1800) -> str:
    """Return what a program wrote; raises StageError when it is absent, fails or takes too long."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=seconds)
    except FileNotFoundError as error:
        raise StageError(f"{words[0]} is not installed: install it and try again.") from error
    except subprocess.TimeoutExpired as error:
        raise StageError(f"`{_shown(words)}` took more than {seconds:.0f} seconds.") from error
    if done.returncode:
        raise StageError(f"`{_shown(words)}` failed: {_reason(done.stderr or done.stdout)}")
    return done.stdout.strip()


def _shown(words: tuple[str, ...]) -> str:
    return " ".join(words[:3])


def _reason(text: str) -> str:
    lines = [line.strip(" \u2502\u2577\u2575") for line in text.splitlines()]
    lines = [line for line in lines if line]
    named = [i for i, line in enumerate(lines) if line.lower().startswith(COMPLAINTS)]
    chosen = lines[named[0] :][:LINES] if named else lines[-LINES:]
    return masked(" ".join(chosen))
