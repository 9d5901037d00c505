"""What one environment compiled is not compiled again in the next."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlstamp.bytecode import Bytecode

IMPORT = "import sys; sys.path.insert(0, sys.argv[1]); import thing; print(thing.VALUE)"


def environment(folder: Path, text: str = "VALUE = 1\n") -> Path:
    """Make a folder with one module, as old as any other that is made here."""
    module = folder / "lib" / "thing" / "__init__.py"
    module.parent.mkdir(parents=True)
    module.write_text(text, encoding="utf-8")
    os.utime(module, (1_700_000_000, 1_700_000_000))
    return folder


def value(folder: Path) -> str:
    """Import the module in a new process."""
    command = [sys.executable, "-c", IMPORT, str(folder / "lib")]
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def compiled(folder: Path) -> list[int]:
    """Return which files hold compiled modules."""
    return [path.stat().st_ino for path in folder.rglob("*.pyc")]


def test_an_environment_with_the_same_sources_uses_what_was_compiled(tmp_path: Path) -> None:
    first, second = environment(tmp_path / "1"), environment(tmp_path / "2")
    known = Bytecode(tmp_path / "store")
    assert value(first) == "1"
    known.keep(first)
    known.lend(second)
    assert compiled(second) == compiled(first) != []
    assert value(second) == "1"
    assert compiled(second) == compiled(first)  # it was not compiled again


def test_another_source_is_compiled_anew_and_spoils_nothing(tmp_path: Path) -> None:
    first, other = environment(tmp_path / "1"), environment(tmp_path / "2", "VALUE = 'other'\n")
    known = Bytecode(tmp_path / "store")
    assert value(first) == "1"
    known.keep(first)
    known.lend(other)
    assert value(other) == "other"
    assert compiled(other) != compiled(first)
    assert value(first) == "1"


def test_an_environment_without_the_package_gets_nothing(tmp_path: Path) -> None:
    known = Bytecode(tmp_path / "store")
    value(environment(tmp_path / "1"))
    known.keep(tmp_path / "1")
    (tmp_path / "2").mkdir()
    known.lend(tmp_path / "2")
    assert list((tmp_path / "2").iterdir()) == []


def test_without_links_it_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("another disk")

    first, second = environment(tmp_path / "1"), environment(tmp_path / "2")
    value(first)
    monkeypatch.setattr(os, "link", refuse)
    known = Bytecode(tmp_path / "store")
    known.keep(first)
    shutil.rmtree(first)
    known.lend(second)
    assert len(compiled(second)) == 1
    assert value(second) == "1"
