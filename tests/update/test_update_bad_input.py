"""Updates that cannot be: one sentence, exit code 2, and nothing changed."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlstamp import cli, render
from mlstamp.checks.update import commit
from mlstamp.source import Source, git
from mlstamp.upgrade.rehearsal import contents
from tests.update.conftest import Place, append

Say = Callable[..., str]
ANSWERS = ".copier-answers.yml"


@pytest.fixture
def refused(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    """Run `mlstamp update`, and return the sentence with which it refuses."""
    place.release("v2.0.0")

    def run(*words: str, project: Path = place.project) -> str:
        before = contents(project)
        monkeypatch.setattr(sys, "argv", ["mlstamp", "update", str(project), *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        shown = capsys.readouterr()
        assert (end.value.code, shown.out) == (2, "")
        assert len(shown.err.splitlines()) == 1
        assert contents(project) == before
        assert not (project / ".git" / "mlstamp-update").exists()
        return shown.err

    return run


def record(project: Path, key: str, value: str) -> None:
    """Change what the answers file says, and commit."""
    path = project / ANSWERS
    lines = [line for line in path.read_text().splitlines() if not line.startswith(key)]
    path.write_text("\n".join([*lines, f"{key}: {value}" if value else "", ""]))
    commit(project)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--data", "color=green"], "did you mean colour"),
        (["--data", "colour=black"], "choose one of red, green"),
        (["--data", "colour"], "--data name=value"),
        (["--to", "v9.9.9"], "has no v9.9.9: its newest releases are v2.0.0, v1.0.0."),
        (["--source", "no/such/folder"], "neither a folder nor a git URL"),
        (["--undo"], "nothing to take back"),
    ],
)
def test_a_wrong_request_is_refused(refused: Say, words: list[str], sentence: str) -> None:
    assert sentence in refused(*words)


@pytest.mark.parametrize("url", ["file:///no/such/place.git", "http://127.0.0.1:{port}/t.git"])
@pytest.mark.parametrize("words", [[], ["--list"], ["--to", "v2.0.0"]])
def test_a_template_that_cannot_be_reached_is_said_within_seconds(
    refused: Say, place: Place, url: str, words: list[str]
) -> None:
    record(place.project, "_src_path", url.format(port=closed_port()))
    began = time.monotonic()
    assert "cannot be reached" in (said := refused(*words))
    assert "the network" in said
    assert time.monotonic() - began < 20


def test_a_release_that_the_template_forgot_is_named(refused: Say, place: Place) -> None:
    record(place.project, "_commit", "v0.9.0")
    assert "has no v0.9.0" in refused()


def test_an_older_release_is_refused(refused: Say, place: Place) -> None:
    record(place.project, "_commit", "v2.0.0")
    assert "downgrading from 2.0.0 to 1.0.0" in refused("--to", "v1.0.0")


def test_a_template_without_a_release_has_none_to_list(refused: Say, place: Place) -> None:
    git("tag", "--delete", "v1.0.0", "v2.0.0", cwd=place.template)
    assert "has no release yet" in refused("--list")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "was not stamped by Copier"),
        ("a: [", "is not what Copier wrote"),
        ("_commit: v1.0.0\n", "does not say where its template is"),
        ("_src_path: ../template\n", "from a folder without releases"),
    ],
)
def test_a_project_that_is_not_ours_is_refused(
    refused: Say, place: Place, text: str | None, sentence: str
) -> None:
    path = place.project / ANSWERS
    path.unlink() if text is None else path.write_text(text)
    commit(place.project)
    assert sentence in refused()


def test_work_that_is_not_committed_is_refused_even_where_git_hides_it(
    refused: Say, place: Place
) -> None:
    git("config", "status.showUntrackedFiles", "no", cwd=place.project)
    (place.project / "draft é.txt").write_text("not yet\n")
    assert "not committed (draft é.txt): commit or stash" in refused()
    (place.project / "draft é.txt").unlink()
    append(place.project / "same.txt", "not yet\n")
    assert "(same.txt)" in refused()


def test_a_folder_without_git_or_commits_is_refused(
    refused: Say, place: Place, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    render.render(Source(str(place.template), "v1.0.0"), plain, {})
    assert "is no git repository: git init, and commit first" in refused(project=plain)
    git("init", "--quiet", cwd=plain)
    assert "has no commit yet" in refused(project=plain)


def test_a_folder_within_a_repository_is_refused_by_name(
    refused: Say, place: Place, tmp_path: Path
) -> None:
    git("init", "--quiet", cwd=tmp_path)
    inner = tmp_path / "inner"
    render.render(Source(str(place.template), "v1.0.0"), inner, {})
    said = refused(project=inner)
    assert f"is a folder within the repository {tmp_path}" in said
    assert "`copier update` works in a folder" in said


ELOQUENT = """\
#!/bin/sh
exec 3>&1
said=$('{git}' "$@" 2>&1 >&3)
code=$?
[ -z "$said" ] || echo "Schwerwiegend: in anderen Worten" >&2
exit $code
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the git that speaks otherwise is a script")
def test_a_git_that_speaks_another_language_is_understood(
    refused: Say, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(ELOQUENT.format(git=shutil.which("git")))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    plain = tmp_path / "plain"
    render.render(Source(str(place.template), "v1.0.0"), plain, {})
    assert "is no git repository: git init, and commit first" in refused(project=plain)
    git("init", "--quiet", cwd=plain)
    assert "has no commit yet" in refused(project=plain)


@pytest.mark.parametrize("words", [[], ["--undo"], ["--list"]])
def test_what_is_no_folder_is_named(refused: Say, place: Place, words: list[str]) -> None:
    for name in ("nowhere", "same.txt"):
        path = place.project / name
        assert (
            refused(*words, project=path) == f"{path} is no folder: give the path of a project.\n"
        )


def test_a_project_of_somebody_else_is_refused_for_gits_own_reason(
    refused: Say, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "--quiet", cwd=tmp_path)
    inner = tmp_path / "inner"
    render.render(Source(str(place.template), "v1.0.0"), inner, {})
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for project in (place.project, inner):
        said = refused(project=project)
        assert "dubious ownership" in said
        assert "; if you trust it, git config --global --add safe.directory /" in said


def test_a_template_that_moved_needs_releases(refused: Say, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    assert f"{plain} is a plain folder, without releases" in refused("--source", str(plain))


def test_a_machine_without_git_is_told_so(
    refused: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is not installed" in refused()


def test_a_file_that_git_ignores_is_never_written_over(refused: Say, place: Place) -> None:
    (place.project / ".gitignore").write_text("/later*\n")
    commit(place.project)
    (place.project / "later.txt").write_text("mine\n")
    (place.template / "template" / "later.txt").write_text("from the template\n")
    place.release("v3.0.0")
    assert "brings later.txt, where a file of yours is that git ignores" in refused()
    (place.project / "later.txt").unlink()
    (place.template / "template" / "later.txt").rename(place.template / "template" / "l")
    (place.template / "template" / "later").mkdir()
    (place.template / "template" / "l").rename(place.template / "template" / "later" / "l")
    place.release("v4.0.0")
    (place.project / "later").write_text("mine, and no folder\n")
    assert "brings later/l, where a file of yours is" in refused()


def test_the_releases_are_listed_with_the_one_that_the_project_has(place: Place) -> None:
    place.release("v2.0.0")
    git("tag", "v3.0.0rc1", cwd=place.template)
    code, out, err = place.update("--list")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()[1:]]
    assert [(line[0], line[-2:]) for line in lines] == [
        ("v2.0.0", [lines[0][1], "v2.0.0"]),
        ("v1.0.0", ["this", "project"]),
    ]


HOSTILE = """\
[status]
  showUntrackedFiles = no
[core]
  quotePath = false
  hooksPath = {hooks}
  excludesFile = {ignore}
  fsmonitor = false
[commit]
  gpgSign = true
[tag]
  gpgSign = true
[gpg]
  program = false
[apply]
  whitespace = error
  ignoreWhitespace = change
[merge]
  conflictStyle = diff3
[color]
  ui = always
[diff]
  noprefix = true
  renames = copies
[status]
  short = true
  branch = true
"""


def test_what_git_is_told_at_home_makes_no_difference(used: Place, tmp_path: Path) -> None:
    append(used.project / "merged.txt", "with blanks at the end  \n")
    commit(used.project)
    code, plain, err = used.update("--accept-loss")
    assert (code, err) == (1, "")
    after, status = contents(used.project), git("status", "--porcelain", cwd=used.project)
    assert used.update("--undo")[0] == 0
    (hooks := tmp_path / "hooks").mkdir()
    for name in ("pre-commit", "post-checkout", "post-index-change", "reference-transaction"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    (ignore := tmp_path / "ignore").write_text("new*\nlater*\nlost*\n.env\n")
    home = tmp_path / "gitconfig"
    home.write_text(HOSTILE.format(hooks=hooks.as_posix(), ignore=ignore.as_posix()))
    told = used.update("--accept-loss", GIT_CONFIG_GLOBAL=str(home))
    assert told == (1, plain, "")
    assert contents(used.project) == after
    assert git("status", "--porcelain", cwd=used.project) == status
    assert used.update("--undo", GIT_CONFIG_GLOBAL=str(home))[0] == 0
    assert not git("status", "--porcelain", cwd=used.project)


def test_a_hook_that_calls_it_does_not_lead_it_astray(place: Place) -> None:
    place.release("v2.0.0")
    elsewhere = {"GIT_DIR": str(place.template / ".git"), "GIT_INDEX_FILE": os.devnull}
    assert place.update(**elsewhere)[0] == 0
    assert "from the template" in (place.project / "new.txt").read_text()
    assert not git("status", "--porcelain", cwd=place.template)
