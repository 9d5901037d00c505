"""Where a template lies: nothing written there is an option for git, and no password is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from plumbum import local

from mlstamp import adopt, new, places, render, source, upgrade
from mlstamp.checks.update import commit
from mlstamp.errors import Refused
from mlstamp.layers import Layer
from mlstamp.render import ANSWERS_FILE, stored_answers
from mlstamp.source import Source, git
from mlstamp.upgrade.releases import releases
from tests.support import write_all

Ask = Callable[[str, Path], object]
ASKED: dict[str, Ask] = {
    "its releases": lambda place, _: source.releases(place),
    "its releases, each with a line": lambda place, _: releases(place),
    "its questions": lambda place, _: source.readable(Source(place, "v1")).__enter__(),
    "its files": lambda place, folder: source.fetched(Source(place, "v1"), folder),
    "a release": lambda place, folder: Source(str(folder), place.removeprefix("git+")),
}


@pytest.mark.parametrize("before", ["", "git+"])
@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_what_a_project_says_of_its_template_is_no_option_for_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask, before: str
) -> None:
    origin, mark = write_all(tmp_path / "origin", {"a.txt": "a\n"}), tmp_path / "executed"
    git("init", "--quiet", cwd=origin)
    commit(origin)
    monkeypatch.chdir(origin)  # its remote is what `git ls-remote --upload-pack=...` asks
    git("remote", "add", "origin", str(origin), cwd=origin)
    with pytest.raises(Refused, match="neither begins with a -"):
        ask(f"{before}--upload-pack=touch {mark};", tmp_path / "x")
    assert not mark.exists()


URL = "https://alice:s3cret@example.com/acme/stamp.git"
SAFE = "https://example.com/acme/stamp.git"


@pytest.fixture
def private(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """A template behind a password: git takes a folder of this machine in its place."""
    git("init", "--quiet", cwd=tiny)
    commit(tiny, "v1.0.0")
    settings = f'[url "{tiny.as_uri()}"]\n' + "".join(f"insteadOf = {url}\n" for url in (URL, SAFE))
    write_all(tmp_path, {"gitconfig": settings})
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    with local.env(GIT_CONFIG_GLOBAL=str(tmp_path / "gitconfig")):  # what Copier's git sees
        yield source.given_source(URL, None)


def kept(folder: Path) -> str:
    return (folder / render.ANSWERS_FILE).read_text(encoding="utf-8")


def test_a_new_project_does_not_keep_the_password_of_its_template(
    private: Source, tmp_path: Path
) -> None:
    said: list[str] = []
    new.stamp(
        tmp_path / "out", {}, say=said.append, template=private, extra_steps=("git", "commit")
    )
    assert stored_answers(tmp_path / "out")["_src_path"] == SAFE
    assert "s3cret" not in "".join(said) + git("log", "-p", cwd=tmp_path / "out")
    assert f"from {SAFE} at v1.0.0." in said[0]


def test_an_update_leaves_no_password(private: Source, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    new.stamp(out, {}, say=lambda _: None, template=private, extra_steps=("git", "commit"))
    write_all(tiny, {"template/more.txt": "more\n"})
    commit(tiny, "v1.1.0")
    upgrade.apply(out, upgrade.plan(out, None, {}, URL))
    assert (out / "more.txt").is_file()
    assert stored_answers(out)["_commit"] == "v1.1.0"
    assert "s3cret" not in kept(out)


def test_adopting_leaves_no_password(private: Source, tmp_path: Path) -> None:
    own = write_all(tmp_path / "own", {"a.py": "A = 1\n"})
    git("init", "--quiet", cwd=own)
    commit(own)
    adopt.adopt(own, private, [Layer({})], say=lambda _: None)
    assert stored_answers(own)["_src_path"] == SAFE


@pytest.mark.parametrize(
    "place",
    [
        "https://alice:s3cret@127.0.0.1:9/acme/stamp",
        "git+https://s3cret@127.0.0.1:9/acme/stamp",
        "ssh://git:s3cret@127.0.0.1:9/acme/stamp",
    ],
)
def test_no_error_tells_a_password(tmp_path: Path, place: str) -> None:
    for ask in (source.releases, lambda _: source.fetched(Source(place, "v1"), tmp_path / "x")):
        with pytest.raises(Refused, match="127") as error:
            ask(place)
        assert "s3cret" not in str(error.value)


def test_the_short_name_of_a_place_is_its_address(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "--quiet", cwd=tiny)
    git("remote", "add", "origin", "git@github.com:acme/stamp.git", cwd=tiny)
    commit(tiny, "v1.0.0")
    write_all(
        tmp_path,
        {"gitconfig": f'[url "{tiny.parent.as_uri()}/"]\ninsteadOf = https://github.com/\n'},
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("HOME", str(tiny.parent))
    assert source.same_place(tiny, "gh:acme/stamp")
    assert source.same_place(tiny, "~/tiny")
    for place in ("gh:tiny", "~/tiny"):
        folder = source.fetched(Source(place, "v1.0.0"), tmp_path / place.replace("~/", "at-"))
        assert (folder / "copier.yml").is_file()


@pytest.mark.parametrize("place", ["https://example.com/acme/it.git", "a folder: mine #1", "'x'"])
def test_a_place_is_read_as_it_was_recorded(tmp_path: Path, place: str) -> None:
    answers = tmp_path / ANSWERS_FILE
    answers.write_text("_commit: v1\n_src_path: a long\n    folded place\nname: x\n")
    places.record(answers, place)
    assert stored_answers(tmp_path) == {"_commit": "v1", "_src_path": place, "name": "x"}
