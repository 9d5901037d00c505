"""git as it is on a clean machine, for what is done out of its owner's sight.

A person's settings may hide files from `status`, sign, run hooks, mend blanks or change the ends of
lines. An update that is tried on a copy, and Copier's own commands, must not depend on them.
"""

from __future__ import annotations

import os

# What git tells a hook, and a program that the hook calls: every call here says where it means.
ELSEWHERE = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
)
_TRUST = "git config --global --add safe.directory "  # how the line of git's begins that helps
_SETTINGS = {
    "apply.ignoreWhitespace": "no",
    "apply.whitespace": "nowarn",
    "clone.rejectShallow": "false",
    "commit.gpgSign": "false",
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.eol": "lf",
    "core.excludesFile": os.devnull,
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.quotePath": "true",  # Copier takes a quoted name for granted
    "core.safecrlf": "false",
    "gc.auto": "0",  # it goes on in the background, in a folder that is being removed
    "maintenance.auto": "false",
    "merge.conflictStyle": "merge",
    "status.showUntrackedFiles": "all",
}


def environment() -> dict[str, str]:
    """Return the environment of a git that keeps to its defaults, whoever's machine this is."""
    return {**os.environ, **settings()}


def settings() -> dict[str, str]:
    """Return the variables that outdo every file of settings."""
    numbered = list(enumerate(_SETTINGS.items()))
    keys = {f"GIT_CONFIG_KEY_{number}": key for number, (key, _) in numbered}
    values = {f"GIT_CONFIG_VALUE_{number}": value for number, (_, value) in numbered}
    return {"GIT_CONFIG_COUNT": str(len(numbered)), **keys, **values}


def reason(said: bytes) -> str:
    """Return the one line of git's complaint that says what is wrong, and what git offers."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    told = (telling or lines[-1:] or ["no reason given"])[0]
    offered = [f"; if you trust it, {line}" for line in lines if line.startswith(_TRUST)]
    return "".join([told.removeprefix("fatal: ").removeprefix("error: "), *offered[:1]])
