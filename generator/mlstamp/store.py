"""What was found to be so on this machine: a folder with a small file for each thing."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from .errors import Refused

VARIABLE = "MLSTAMP_CACHE"
BELIEVED = timedelta(days=14)  # what no hash can see, such as the world outside, goes on


def home() -> Path:
    """Return the folder of what may be thrown away: the variable's, or the system's own for it."""
    return Path(os.environ.get(VARIABLE) or user_cache_path("mlstamp", appauthor=False))


@dataclass(frozen=True)
class Entry:
    """Something that is known, and since when."""

    when: datetime
    value: dict[str, Any]


class Store:
    """Entries by their key; one that cannot be read is one that is not there."""

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        """Use a folder, which is made; one that cannot be written to is refused.

        A fresh one knows nothing of what was there, and keeps what is new.
        """
        self.folder = folder = folder.absolute()  # Copier goes to other folders while it renders
        self._fresh = fresh
        self.unreadable = 0
        self.full = ""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._write(folder / "probe", "Can this be written?")
            self._forget_the_old()
        except OSError as error:
            raise Refused(
                f"The cache {folder} cannot be written to ({error.strerror}): "
                f"make room, or name another folder with --cache or {VARIABLE}."
            ) from None

    def get(self, key: str, **fields: type) -> Entry | None:
        """Return what is known, which has these fields; nothing, if it is too old, or not whole."""
        if self._fresh or not self._place(key).exists():
            return None
        try:
            entry = _entry(self._place(key).read_text(encoding="utf-8"), key, fields)
        except (OSError, ValueError, LookupError, TypeError):
            self.unreadable += 1
            return None
        return entry if abs(datetime.now(UTC) - entry.when) <= BELIEVED else None

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep something; a disk that is full by now ends the keeping, not the run."""
        entry = {"key": key, "when": datetime.now(UTC).isoformat(), "value": value}
        try:
            self._place(key).parent.mkdir(exist_ok=True)
            self._write(self._place(key), json.dumps(entry))
        except OSError as error:
            self.full = error.strerror or type(error).__name__

    def complaints(self) -> list[str]:
        """Return what went wrong with the folder, a sentence each."""
        said = []
        if self.unreadable:
            said.append(
                f"{self.unreadable} entries of the cache {self.folder} cannot be read and were "
                "ignored: what they stood for was run again."
            )
        if self.full:
            said.append(
                f"The cache {self.folder} could not be written to any more ({self.full}): what was "
                "green since then is run again next time."
            )
        return said

    def _place(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}.json"

    @staticmethod
    def _write(path: Path, text: str) -> None:
        """Write a file whole or not at all, whoever else writes it."""
        draft = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def _forget_the_old(self) -> None:
        oldest = (datetime.now(UTC) - BELIEVED).timestamp()
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*.json"):
            with suppress(FileNotFoundError):  # another run forgets as well
                if path.stat().st_mtime < oldest:
                    path.unlink()


def _entry(text: str, key: str, fields: dict[str, type]) -> Entry:
    """Read an entry; whatever is not as it was written raises an error."""
    said = json.loads(text)
    when, value = datetime.fromisoformat(said["when"]), said["value"]
    if said["key"] != key or when.tzinfo is None:
        raise ValueError("an entry of another key, or of no certain time")
    if not all(isinstance(value[name], kind) for name, kind in fields.items()):
        raise ValueError("another kind of entry")
    return Entry(when, value)
