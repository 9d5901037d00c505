"""The command line: it reads words, calls what does the work, and chooses the exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import typer

from . import plain_git
from .commands import (
    EXIT_CODES,
    adopt,
    check,
    demo,
    err,
    faults,
    new,
    presets,
    update,
    variants,
    verify,
)
from .errors import Refused, StepFailed

app = typer.Typer(
    help="Stamp out an ML repository that already runs in production shape.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
COMMANDS: dict[str, Callable[..., None]] = {
    "new": new.run,
    "presets": presets.run,
    "demo": demo.run,
    "variants": variants.run,
    "verify": verify.run,
    "faults": faults.run,
    "adopt": adopt.run,
    "update": update.run,
    "check": check.run,
}
for name, command in COMMANDS.items():
    app.command(name, epilog=EXIT_CODES)(command)


def main() -> None:
    """Run the command line; every failure a person can mend is one sentence."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both ways to stop clean up
    for name in plain_git.ELSEWHERE:  # a hook that calls us has another repository in mind
        os.environ.pop(name, None)
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        app()
    except SystemExit as end:
        if end.code == 130:  # typer ends so, and says nothing
            _leave("Interrupted.", 130)
        raise
    except Refused as error:
        _leave(str(error), 2)
    except StepFailed as error:
        _leave(str(error), 1)
    except KeyboardInterrupt:
        _leave("Interrupted.", 130)


def _leave(sentence: str, code: int) -> None:
    err.print(sentence, style="red", markup=False, soft_wrap=True)
    sys.exit(code)
