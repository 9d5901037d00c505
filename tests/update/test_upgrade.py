"""`mlstamp update`: what it says of each file, what becomes of it, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlstamp import upgrade
from mlstamp.checks.update import commit
from mlstamp.errors import Refused
from mlstamp.render import stored_answers
from mlstamp.source import git
from mlstamp.upgrade.plan import Change, Kind, Trees, changes, forgotten
from mlstamp.upgrade.rehearsal import contents
from tests.support import write_all
from tests.update.conftest import Place, append

EXPECTED = {
    "later.txt": Kind.ADDED,
    "mine too.txt": Kind.ADDED,
    "there.txt": Kind.ADDED,
    "torn apart.txt": Kind.ADDED,
    "new.txt": Kind.UPDATED,
    "merged.txt": Kind.MERGED,
    "two words é.txt": Kind.MERGED,
    "here.txt": Kind.MOVED,
    "kept.txt": Kind.KEPT,
    "mine.txt": Kind.KEPT,
    "logo.bin": Kind.KEPT,
    "dropped.txt": Kind.ABSENT,
    "taken.txt": Kind.ABSENT,
    "gone.txt": Kind.REMOVED,
    "clash.txt": Kind.CONFLICT,
    "torn.txt": Kind.CONFLICT,
    "own.txt": Kind.CONFLICT,
    "lost.txt": Kind.DELETED,
    "own.bin": Kind.OVERWRITTEN,
    "photo.bin": Kind.OVERWRITTEN,
}
MOVED = {
    "here.txt": "there.txt",
    "torn.txt": "torn apart.txt",
    "taken.txt": "put elsewhere.txt",
}


def test_it_says_of_each_file_what_happens_and_touches_none(used: Place) -> None:
    before = contents(used.project)
    found = upgrade.plan(used.project, None, {})
    assert {change.path: change.kind for change in found.changes} == EXPECTED
    assert {change.path: change.to for change in found.changes if change.to} == MOVED
    assert (found.old, found.new) == ("v1.0.0", "v2.0.0")
    with pytest.raises(Refused, match=r"lost in lost\.txt, own\.bin, photo\.bin: .*--accept"):
        upgrade.apply(used.project, found)
    assert contents(used.project) == before
    assert not git("status", "--porcelain", cwd=used.project)


def test_every_line_of_the_owners_is_there_afterwards_or_was_named(used: Place) -> None:
    done = upgrade.apply(used.project, upgrade.plan(used.project, None, {}), accept_loss=True)
    after = contents(used.project)
    moved = {change.path: change.to for change in done.changes if change.to}
    named = {change.path for change in done.losses}
    before = git("grep", "--text", "--name-only", "-z", "from the owner", "HEAD", cwd=used.project)
    names = {name.removeprefix("HEAD:") for name in before.split("\0") if name}
    assert len(names) == 12
    kept = {name for name in names if b"from the owner" in after.get(moved.get(name, name), b"")}
    assert names - kept == named == {"lost.txt", "own.bin", "photo.bin"}


def test_an_edit_moves_with_the_file_and_may_clash_there(used: Place) -> None:
    upgrade.apply(used.project, upgrade.plan(used.project, None, {}), accept_loss=True)
    there = (used.project / "there.txt").read_text().splitlines()
    assert (there[0], there[-1], len(there)) == ("from the template", "from the owner", 11)
    torn = (used.project / "torn apart.txt").read_text()
    sides = "from the owner\n=======\nfrom the template\n>>>>>>> after updating\n"
    assert f"<<<<<<< before updating\n{sides}" in torn
    unmerged = git("-c", "core.quotePath=false", "ls-files", "--unmerged", cwd=used.project)
    stages = [line.split()[2] for line in unmerged.splitlines() if line.endswith("torn apart.txt")]
    assert stages == ["1", "2", "3"]
    assert not {"here.txt", "torn.txt"} & contents(used.project).keys()


def test_a_file_that_moves_into_a_capability_that_is_off_goes_but_an_owners_stays(
    place: Place,
) -> None:
    append(place.project / "clash.txt", "the owner's\n")
    commit(place.project)
    off = [f'"{{% if not loud %}}/{name}.txt{{% endif %}}"' for name in ("same", "clash", "mine")]
    place.release("v2.0.0", **{"_exclude: [": f"_exclude: [{', '.join(off)}, "})
    found = upgrade.plan(place.project, None, {})
    assert [change.path for change in found.of(Kind.REMOVED)] == ["same.txt"]
    upgrade.apply(place.project, found)
    there = {name: (place.project / name).is_file() for name in ("same.txt", "clash.txt")}
    assert there == {"same.txt": False, "clash.txt": True}
    assert (place.project / "mine.txt").is_file()
    upgrade.undo(place.project)
    assert (place.project / "same.txt").is_file()


def test_two_edited_files_cannot_move_to_one_place(place: Place) -> None:
    source = place.template / "template"
    git("rm", "--quiet", "gone.txt", "lost.txt", cwd=source)
    both = [f"line {n} of {name}\n" for n in range(9) for name in ("gone", "lost")]
    (source / "both.txt").write_text("".join(both))
    place.release("v2.0.0")
    for name in ("gone", "lost"):
        append(place.project / f"{name}.txt", f"from the owner of {name}\n")
    commit(place.project)
    found = upgrade.plan(place.project, None, {})
    kinds = {change.path: change.kind for change in found.changes}
    assert {kinds["gone.txt"], kinds["lost.txt"]} == {Kind.DELETED, Kind.CONFLICT}


def test_a_file_that_the_template_left_alone_is_kept_even_if_it_is_no_text() -> None:
    trees = Trees(
        stamped={"a": b"\0", "b": b"\0", "c": b"\0"},
        before={"a": b"\0mine", "b": b"\0mine", "c": b"\0", "own": b"\0"},
        fresh={"a": b"\0", "b": b"\0new", "c": b"\0"},
        after={"a": b"\0", "b": b"\0new", "c": b"\0", "own": b"\0"},
    )
    assert forgotten(trees) == ["a"]


def test_a_file_of_the_owner_alone_that_goes_is_a_loss() -> None:
    trees = Trees(stamped={}, before={"own.txt": b"mine"}, fresh={"new.txt": b"mine"}, after={})
    assert changes(trees) == [Change("own.txt", Kind.DELETED)]


def test_a_merge_that_drops_a_line_is_a_loss() -> None:
    trees = Trees({"a": b"1\n2\n"}, {"a": b"1\nmine\n2\n"}, {"a": b"1\n3\n"}, {"a": b"1\n3\n"})
    assert changes(trees) == [Change("a", Kind.OVERWRITTEN)]


def test_a_conflict_that_the_template_only_shows_is_none() -> None:
    page = b"<<<<<<< before updating\n"
    trees = Trees({}, {}, {"page.md": page}, {"page.md": page})
    assert changes(trees) == [Change("page.md", Kind.ADDED)]


def test_an_answer_changes_by_the_same_command(place: Place) -> None:
    place.release("v2.0.0")
    upgrade.apply(
        place.project, upgrade.plan(place.project, None, {"colour": "green", "loud": "yes"})
    )
    stored = stored_answers(place.project)
    assert (stored["colour"], stored["loud"]) == ("green", True)


def test_a_question_that_is_gone_is_said(place: Place) -> None:
    place.release("v2.0.0", **{"loud: {type: bool, default: false}\n": ""})
    assert upgrade.plan(place.project, None, {}).gone == ["loud"]


def test_a_question_of_a_new_name_takes_over_the_answer(place: Place) -> None:
    upgrade.apply(place.project, upgrade.plan(place.project, "v1.0.0", {"loud": True}))
    git("add", "--all", cwd=place.project)
    git("commit", "--quiet", "--message", "loud", cwd=place.project)
    new = "noisy: {type: bool, default: '{{ loud | default(false) }}'}"
    place.release("v2.0.0", **{"loud: {type: bool, default: false}": new})
    found = upgrade.plan(place.project, None, {})
    assert found.gone == ["loud"]
    upgrade.apply(place.project, found)
    stored = stored_answers(place.project)
    assert (stored["noisy"], "loud" in stored) == (True, False)


def test_an_answer_that_fits_no_more_is_refused(place: Place) -> None:
    place.release("v2.0.0", **{"[red, green]": "[blue, green]", "default: red": "default: blue"})
    with pytest.raises(Refused, match=r"on record is none any more: colour=red .* Give --data"):
        upgrade.plan(place.project, None, {})
    assert upgrade.plan(place.project, None, {"colour": "green"}).new == "v2.0.0"


def test_a_template_that_moved_is_followed_and_so_is_its_edit(place: Place) -> None:
    place.release("v2.0.0")
    place.template.rename(moved := place.template.with_name("a new place"))
    with pytest.raises(Refused, match=r"cannot be reached \(.*template.*give its new place with"):
        upgrade.plan(place.project, None, {})
    upgrade.apply(place.project, upgrade.plan(place.project, None, {}, str(moved)))
    stored = stored_answers(place.project)
    assert (stored["_src_path"], stored["_commit"]) == (str(moved), "v2.0.0")
    upgrade.undo(place.project)
    assert stored_answers(place.project)["_src_path"] == str(place.template)


def test_what_changed_while_it_was_tried_is_not_written_over(place: Place) -> None:
    place.release("v2.0.0")
    found = upgrade.plan(place.project, None, {})
    append(place.project / "new.txt", "written meanwhile\n")
    with pytest.raises(Refused, match="changed while the update was tried"):
        upgrade.apply(place.project, found)
    assert "written meanwhile" in (place.project / "new.txt").read_text()


def test_the_command_shows_one_table_and_exits_with_1_when_something_is_left(used: Place) -> None:
    code, out, err = used.update("--accept-loss")
    assert (code, err) == (1, "")
    assert out.count("what happens") == 1
    assert "Updated from v1.0.0 to v2.0.0." in out
    assert "moved with your edit: now there.txt" in out
    assert "Resolve what is red, git add, commit." in out


def test_the_command_exits_with_0_when_nothing_is_left(place: Place) -> None:
    place.release("v2.0.0")
    assert place.update("--dry-run")[0] == 0
    code, out, err = place.update()
    assert (code, err) == (0, "")
    assert "Next: uv sync" in out
    git("commit", "--quiet", "--all", "--message", "update", cwd=place.project)
    assert "No file changes." in place.update()[1]


def test_other_answers_alone_are_no_step_from_a_release_to_itself(place: Place) -> None:
    out = place.update("--data", "colour=green")[1]
    assert "An update at v1.0.0.\nNothing but the answers on record changes." in out
    assert "Updated at v1.0.0." in out
    assert f"Take it back with mlstamp update {place.project} --undo." in out


def test_where_no_terminal_reads_it_no_path_is_cut_short(place: Place) -> None:
    name = f"{'deep/' * 30}down.txt"
    write_all(place.template, {f"template/{name}": "down\n"})
    place.release("v2.0.0")
    printed = place.start("--dry-run", COLUMNS="").communicate()[0]
    assert f" {name}  added" in printed


def test_where_a_loss_is_refused_the_table_says_of_what(used: Place) -> None:
    before = contents(used.project)
    code, out, err = used.update()
    assert (code, "Updated" in out, len(err.splitlines())) == (2, False, 1)
    assert "An update from v1.0.0 to v2.0.0." in out
    told = {line.split("  ")[0].strip(): line for line in out.splitlines()}
    assert all(str(kind) in told[name] for name, kind in EXPECTED.items())
    assert contents(used.project) == before


def test_a_file_says_of_each_update_how_it_ended(used: Place, tmp_path: Path) -> None:
    path = tmp_path / "told" / "update.json"
    ways = {"planned": ["--dry-run"], "refused": [], "to resolve": ["--accept-loss"]}
    for ending, words in ways.items():
        code = used.update(*words, "--json", str(path))[0]
        assert code == (2 if ending == "refused" else 1)
        told = json.loads(path.read_text(encoding="utf-8"))
        assert (told["project"], told["ending"]) == (str(used.project), ending)
        assert (told["from"], told["to"], told["gone"]) == ("v1.0.0", "v2.0.0", [])
        assert {file["path"]: file["kind"] for file in told["files"]} == EXPECTED
        assert {file["path"]: file["to"] for file in told["files"] if file["to"]} == MOVED
        assert ("lost in lost.txt" in told["reason"]) == (ending == "refused")
    assert used.update("--json", str(path))[0] == 2  # the project has changes now
    told = json.loads(path.read_text(encoding="utf-8"))
    assert (told["ending"], "files" in told) == ("refused", False)
    assert "An update is not done with" in told["reason"]
    for word in ("--undo", "--list"):
        assert "--json tells of an update" in used.update(word, "--json", str(path))[2]


def test_a_file_says_that_nothing_is_left(place: Place, tmp_path: Path) -> None:
    place.release("v2.0.0")
    assert place.update("--json", str(tmp_path / "update.json"))[0] == 0
    assert json.loads((tmp_path / "update.json").read_text())["ending"] == "updated"
