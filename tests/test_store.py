"""What is kept between runs: a file that is not whole is one that is not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mlstamp.errors import Refused
from mlstamp.store import BELIEVED, VARIABLE, Store, home

KEY, OTHER = "ab" + 62 * "0", "cd" + 62 * "1"


def place(folder: Path, key: str = KEY) -> Path:
    return folder / key[:2] / f"{key[2:]}.json"


def known(folder: Path, key: str = KEY) -> object:
    entry = Store(folder).get(key, seconds=float)
    return entry.value if entry else None


def test_what_is_put_is_found_by_the_next_run_with_its_date(tmp_path: Path) -> None:
    Store(tmp_path / "deep" / "cache").put(KEY, {"seconds": 1.5})
    entry = Store(tmp_path / "deep" / "cache").get(KEY, seconds=float)
    assert entry
    assert entry.value == {"seconds": 1.5}
    assert datetime.now(UTC) - entry.when < timedelta(minutes=1)
    assert known(tmp_path / "deep" / "cache", OTHER) is None


def test_a_fresh_store_knows_nothing_and_keeps_what_is_new(tmp_path: Path) -> None:
    Store(tmp_path).put(KEY, {"seconds": 1.0})
    fresh = Store(tmp_path, fresh=True)
    assert fresh.get(KEY, seconds=float) is None
    fresh.put(OTHER, {"seconds": 2.0})
    assert known(tmp_path, OTHER) == {"seconds": 2.0}


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: b"\xff\xfe" + whole,
        lambda _: b"[1, 2]",
        lambda whole: whole.replace(KEY.encode(), OTHER.encode()),
        lambda whole: whole.replace(b"+00:00", b""),
        lambda whole: whole.replace(b"1.5", b'"long"'),
        lambda whole: whole.replace(b"seconds", b"minutes"),
    ],
)
def test_a_damaged_entry_is_no_entry_and_one_sentence_says_so(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    Store(tmp_path).put(KEY, {"seconds": 1.5})
    whole = place(tmp_path).read_bytes()
    place(tmp_path).write_bytes(damage(whole))
    assert place(tmp_path).read_bytes() != whole
    store = Store(tmp_path)
    assert store.get(KEY, seconds=float) is None
    [sentence] = store.complaints()
    assert "1 entries" in sentence
    assert "were ignored" in sentence


def test_an_entry_in_the_place_of_another_is_not_believed(tmp_path: Path) -> None:
    Store(tmp_path).put(KEY, {"seconds": 1.5})
    place(tmp_path, OTHER).parent.mkdir()
    shutil.copy(place(tmp_path), place(tmp_path, OTHER))
    assert known(tmp_path, OTHER) is None


def test_an_entry_is_believed_for_two_weeks_and_then_thrown_away(tmp_path: Path) -> None:
    Store(tmp_path).put(KEY, {"seconds": 1.5})
    text = place(tmp_path).read_text(encoding="utf-8")
    when = text.split('"when": "')[1].split('"')[0]
    old = (datetime.now(UTC) - BELIEVED - timedelta(hours=1)).isoformat()
    place(tmp_path).write_text(text.replace(when, old), encoding="utf-8")
    assert known(tmp_path) is None
    assert place(tmp_path).exists()
    stamp = datetime.fromisoformat(old).timestamp()
    os.utime(place(tmp_path), (stamp, stamp))
    Store(tmp_path)
    assert not place(tmp_path).exists()


def test_what_another_run_throws_away_meanwhile_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(tmp_path).put(KEY, {"seconds": 1.5})
    listed: Any = Path.glob

    def then_gone(self: Path, pattern: str) -> list[Path]:
        found = list(listed(self, pattern))
        place(tmp_path).unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Path, "glob", then_gone)
    assert known(tmp_path) is None


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(Refused, match=r"cannot be written to .*: make room, or name another"):
        Store(tmp_path / "cache")


def test_a_disk_that_is_full_later_on_ends_the_keeping_and_not_the_run(tmp_path: Path) -> None:
    store = Store(tmp_path / "cache")
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("a file")
    store.put(KEY, {"seconds": 1.5})
    [sentence] = store.complaints()
    assert "could not be written to any more" in sentence


def test_the_folder_is_the_systems_own_unless_a_variable_names_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert home() == tmp_path
    monkeypatch.delenv(VARIABLE)
    assert home().name == "mlstamp"
