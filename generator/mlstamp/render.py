"""The only module that imports Copier; it never asks Copier to trust a template."""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from copier import Settings, load_settings, run_copy, run_update
from copier.errors import CopierError, CopierWarning, SettingsError, UnsafeTemplateError
from jinja2 import TemplateError, TemplateSyntaxError
from platformdirs import user_config_path
from plumbum import ProcessExecutionError, local

from . import plain_git
from .compiled import compiled_once
from .errors import Refused
from .filemode import asked_once
from .places import forget_password
from .source import Source

try:  # Copier's own, only to be faster: a later Copier may have it elsewhere
    from copier._main import Worker
except ImportError:
    Worker: Any = None  # type: ignore[no-redef]

ANSWERS_FILE = ".copier-answers.yml"
_ONE_AT_A_TIME = threading.Lock()  # Copier changes the working directory of the whole process
_PREFIX = re.compile(r"^Validation error for question '\w+': ")


def render(
    source: Source,
    destination: Path,
    answers: Mapping[str, object],
    *,
    ask: bool = False,
    suggestions: Mapping[str, object] | None = None,
) -> None:
    """Render the template; with `ask` the open questions are asked, else they take defaults."""
    with _plain_failures():
        run_copy(
            source.location,
            destination,
            data=dict(answers),
            user_defaults=dict(suggestions or {}),
            vcs_ref=source.ref,
            settings=Settings(),
            defaults=not ask,
            overwrite=True,
            unsafe=False,
            quiet=True,
        )
        forget_password(destination / ANSWERS_FILE)


def update(
    project: Path, ref: str | None = None, answers: Mapping[str, object] | None = None
) -> None:
    """Bring a committed project to a later version of its template, untrusted."""
    with _plain_failures():
        run_update(
            project,
            data=dict(answers or {}),
            vcs_ref=ref,
            settings=Settings(),
            defaults=True,
            overwrite=True,
            unsafe=False,
            quiet=True,
        )
        forget_password(project / ANSWERS_FILE)


def users_defaults() -> tuple[dict[str, object], Path]:
    """Return the defaults in the settings file that Copier reads, and where that file lies.

    Of that file `trust` is never looked at.
    """
    named = os.environ.get("COPIER_SETTINGS_PATH")
    path = Path(named) if named else user_config_path("copier", appauthor=False) / "settings.yml"
    if named and not path.is_file():
        raise Refused(f"COPIER_SETTINGS_PATH names {path}, which is no file: correct or unset it.")
    try:
        return dict(load_settings(path).defaults), path
    except (SettingsError, OSError, ValueError) as error:
        raise Refused(f"{path} is not a settings file of Copier: {_sentence(error)}") from None


def stored_answers(project: Path) -> dict[str, object]:
    """Return what the project's answers file holds, Copier's own `_` keys included."""
    path = project / ANSWERS_FILE
    if not path.is_file():
        raise Refused(f"{project} was not stamped by Copier: it has no {ANSWERS_FILE}.")
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        loaded = None
    if not isinstance(loaded, dict):
        raise Refused(f"{path} is not what Copier wrote: take it back from git.")
    return loaded


@contextmanager
def _plain_failures() -> Iterator[None]:
    """Turn what Copier raises into one sentence."""
    with (
        _ONE_AT_A_TIME,
        compiled_once(),
        asked_once(Worker),
        _plain_git(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", CopierWarning)
        try:
            yield
        except UnsafeTemplateError:
            raise Refused(
                "This template wants to run code of its own and mlstamp never trusts one: "
                "use a template without tasks and Jinja extensions."
            ) from None
        except (
            CopierError,
            TemplateError,
            ValueError,
            RuntimeError,
            TypeError,
            ArithmeticError,
        ) as error:
            raise Refused(_sentence(error)) from None
        except ProcessExecutionError as error:
            said = plain_git.reason(str(error.stderr).encode())
            raise Refused(f"git, as Copier called it, failed: {said}.") from None
        except OSError as error:
            raise Refused(f"{error.filename or 'A file'}: {error.strerror or error}.") from None


@contextmanager
def _plain_git() -> Iterator[None]:
    """Let Copier's git, too, forget what its owner set up: it would lose edits by it."""
    with local.env(**plain_git.settings()):
        for name in plain_git.ELSEWHERE:
            if name in local.env:
                del local.env[name]
        yield


def _sentence(error: Exception) -> str:
    lines = [line.strip() for line in _PREFIX.sub("", str(error)).splitlines() if line.strip()]
    if isinstance(error, TemplateSyntaxError):
        lines.append(f"(line {error.lineno} of {error.filename or error.name})")
    text = " ".join(lines) or f"Copier gave up ({type(error).__name__})."
    return text if text.endswith((".", "!", "?")) else f"{text}."
