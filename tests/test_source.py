"""Where the template comes from."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from mlstamp import source
from mlstamp.checks.update import commit
from mlstamp.errors import Refused
from mlstamp.render import render, stored_answers
from mlstamp.source import Source, git
from tests.support import ROOT, files, write_all


@pytest.fixture
def released(tiny: Path) -> Path:
    git("init", "--quiet", "--initial-branch=main", cwd=tiny)
    commit(tiny, "v1.9.0")
    write_all(tiny, {"template/new.txt": "new\n"})
    commit(tiny, "v1.10.0")
    return tiny


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, direct: object = None) -> None:
    """Lay an installed distribution of mlstamp-test on the path."""
    meta = "Metadata-Version: 2.1\nName: mlstamp-test\nVersion: 1.2.3\n"
    meta += "Project-URL: Repository, https://example.com/acme/mlstamp\n"
    info = write_all(folder / "mlstamp_test-1.2.3.dist-info", {"METADATA": meta})
    if direct:
        write_all(info, {"direct_url.json": json.dumps(direct)})
    monkeypatch.syspath_prepend(str(folder))


def test_this_very_checkout_is_recognised() -> None:
    assert source.checkout() == ROOT


def test_an_installation_from_a_release_uses_that_tag_of_the_project_url(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(monkeypatch, tmp_path)
    found = source.installed_source("mlstamp-test")
    assert found == Source("git+https://example.com/acme/mlstamp", "v1.2.3")


def test_an_installation_from_git_uses_the_url_and_revision_it_came_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    vcs = {"vcs": "git", "requested_revision": "v1.1.0", "commit_id": "abc"}
    install(monkeypatch, tmp_path, {"url": "https://example.com/fork.git", "vcs_info": vcs})
    found = source.installed_source("mlstamp-test")
    assert found == Source("https://example.com/fork.git", "v1.1.0")


def test_a_repository_is_named_so_that_copier_takes_it_for_one(
    released: Path, tmp_path: Path
) -> None:
    found = source.given_source(released.as_uri(), None)
    assert found == Source(f"git+{released.as_uri()}", "v1.10.0")
    render(found, tmp_path / "out", {})
    assert stored_answers(tmp_path / "out")["_commit"] == "v1.10.0"


def test_a_clean_checkout_is_used_at_head_and_a_tagged_one_at_its_tag(released: Path) -> None:
    assert source.is_clean(released)
    assert source.exact_tag(released) == "v1.10.0"
    write_all(released, {"template/more.txt": "more\n"})
    assert not source.is_clean(released)
    commit(released)
    assert source.exact_tag(released) is None


def test_the_latest_release_is_the_highest_version_not_the_last_word(released: Path) -> None:
    git("tag", "v2.0.0-rc1", cwd=released)
    assert source.latest(str(released)) == "v1.10.0"
    assert source.given_source(str(released), None) == Source(str(released), "v1.10.0")


def test_a_git_repository_without_a_release_is_used_at_head(tiny: Path) -> None:
    git("init", "--quiet", cwd=tiny)
    commit(tiny)
    assert source.given_source(str(tiny), None).ref == "HEAD"


def test_a_plain_folder_has_no_releases(tiny: Path) -> None:
    assert source.given_source(str(tiny), None) == Source(str(tiny))
    with pytest.raises(Refused, match="not a git repository"):
        source.given_source(str(tiny), "v1")


def test_a_source_that_is_nowhere_is_refused() -> None:
    with pytest.raises(Refused, match="neither a folder nor a git URL"):
        source.given_source("no/such/place", None)


def test_a_snapshot_holds_new_files_but_nothing_that_git_ignores(released: Path) -> None:
    write_all(released, {".gitignore": "*.log\n", "template/x.log": "", "template/y.txt": ""})
    with source.snapshot(released) as folder:
        found = files(folder)
    assert "template/y.txt" in found
    assert "template/x.log" not in found
    assert not folder.exists()


def test_a_snapshot_without_git_leaves_out_caches(tiny: Path) -> None:
    write_all(tiny, {"template/__pycache__/a.pyc": ""})
    with source.snapshot(tiny) as folder:
        assert "copier.yml" in files(folder)
        assert not any("__pycache__" in name for name in files(folder))


def test_the_questions_of_an_older_release_can_be_read(released: Path) -> None:
    with source.readable(Source(str(released), "v1.9.0")) as folder:
        assert not (folder / "template" / "new.txt").exists()
    with source.readable(Source(str(released), "v1.10.0")) as folder:
        assert (folder / "template" / "new.txt").is_file()


def test_a_release_that_does_not_exist_is_refused(released: Path) -> None:
    with (
        pytest.raises(Refused, match="has no v9: "),
        source.readable(Source(str(released), "v9")),
    ):
        raise AssertionError("unreachable")


def test_a_template_that_cannot_be_reached_is_named_with_what_to_do() -> None:
    nowhere = Source("git+https://127.0.0.1:9/acme/mlstamp", "v1.0.0")
    sentence = r"https://127\.0\.0\.1:9/acme/mlstamp cannot be reached .*--source\.$"
    with pytest.raises(Refused, match=sentence), source.readable(nowhere):
        raise AssertionError("unreachable")
    with pytest.raises(Refused, match=sentence):
        source.given_source(nowhere.location, None)


def test_without_git_the_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("git") is None
    with pytest.raises(Refused, match="git is not installed"):
        git("status")


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no folder that a process is in")
def test_git_runs_while_another_thread_stands_in_a_folder_that_is_gone(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    git("clone", "--quiet", str(released), str(tmp_path / "clone"))
    assert "template/new.txt" in files(tmp_path / "clone")
