"""A project in use is green as it was stamped, and each way to leave that is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlstamp import conformance, source, stamp
from mlstamp.checks import CHECKS
from mlstamp.checks.base import NotVerified
from mlstamp.checks.update import commit
from mlstamp.errors import Refused, Unreachable
from mlstamp.findings import Level
from mlstamp.source import Source, git
from mlstamp.stamp import Templates
from tests.in_use import InUse, in_use

CHECKED = [
    name for name in CHECKS if name.startswith("conformance.") and name != "conformance.bundle"
]


@pytest.fixture
def place(tmp_path: Path) -> InUse:
    return in_use(tmp_path)


def lines(place: InUse, check: str) -> list[str]:
    """Return what a check finds, as `level place message`."""
    found = place.found(f"conformance.{check}")
    return [f"{one.level} {one}" for one in found]


def test_a_project_as_it_was_stamped_has_nothing_to_find(place: InUse, tmp_path: Path) -> None:
    with conformance.copy_of(place.project, Templates(tmp_path / "templates")) as subject:
        assert [CHECKS[name].run(subject) for name in CHECKED] == [()] * len(CHECKED)


def test_files_of_the_templates_that_differ_are_errors_at_their_line(place: InUse) -> None:
    place.change("Dockerfile", "RUN two\n", "RUN another\nRUN more\n")
    (place.project / "src/churn/serving/app.py").unlink()
    assert lines(place, "drift") == [
        "error Dockerfile:3 differs from v1.0.0 in 2 lines",
        "error src/churn/serving/app.py is missing: v1.0.0 has it",
    ]


def test_files_of_the_owners_are_never_found(place: InUse) -> None:
    place.write("src/churn/problem/model.py", "MODEL = 2\n")
    place.write("src/churn/problem/more.py", "MORE = 1\n")
    (place.project / "config" / "default.yaml").unlink()
    place.write("notes.txt", "mine\n")
    assert lines(place, "drift") == []


def test_newlines_of_another_system_are_no_difference(place: InUse) -> None:
    path = place.project / "Dockerfile"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert lines(place, "drift") == []


def test_a_file_among_those_of_the_templates_is_a_note(place: InUse) -> None:
    place.write("src/churn/serving/extra.py", "EXTRA = 1\n")
    assert lines(place, "drift") == [
        "note src/churn/serving/extra.py lies among files of the template's, and is none"
    ]


def test_a_merged_file_may_grow_and_a_line_that_is_gone_is_a_note(place: InUse) -> None:
    place.change("pyproject.toml", "below this line.\n", 'below this line.\n    "mine>=1",\n')
    assert lines(place, "drift") == []
    place.change("pyproject.toml", '    "numpy>=2",\n', "")
    assert lines(place, "drift") == [
        "note pyproject.toml lacks 1 of the lines of v1.0.0, such as '\"numpy>=2\",'"
    ]


def test_a_difference_with_a_reason_on_record_is_a_note_and_a_reason_too_many_is_said(
    place: InUse,
) -> None:
    place.change("Dockerfile", "RUN two", "RUN another")
    accepted = '[tool.mlstamp.accepted]\n"Dockerfile" = "needs another"\n"justfile" = "old"\n'
    place.change("pyproject.toml", "[project.scripts]", f"{accepted}[project.scripts]")
    assert lines(place, "drift") == [
        "note Dockerfile:3 differs from v1.0.0 in 1 line, accepted: needs another",
        "note pyproject.toml:9 accepts justfile, where nothing differs: take it out of "
        "[tool.mlstamp.accepted] in pyproject.toml",
    ]


def test_a_reason_that_is_empty_is_none(place: InUse) -> None:
    place.change("Dockerfile", "RUN two", "RUN another")
    accepted = '[tool.mlstamp.accepted]\n"Dockerfile" = " "\n'
    place.change("pyproject.toml", "[project.scripts]", f"{accepted}[project.scripts]")
    assert lines(place, "drift")[0].startswith("error Dockerfile:3")


def test_an_answer_that_was_changed_by_hand_is_drift(place: InUse) -> None:
    place.change(".copier-answers.yml", "colour: red", "colour: green")
    assert lines(place, "drift") == ["error Dockerfile:1 differs from v1.0.0 in 1 line"]


def test_it_says_how_many_releases_came_since(place: InUse) -> None:
    assert lines(place, "release") == []
    for name in ("v1.1.0", "v1.10.0"):
        place.release(name)
    assert lines(place, "release") == [
        "note .copier-answers.yml:1 says v1.0.0, 2 releases behind v1.10.0"
    ]
    assert lines(place, "drift") == []  # each of them changes a file


def test_a_commit_that_is_no_release_is_said_and_still_held_against(place: InUse) -> None:
    sha = git("rev-parse", "--short", "HEAD", cwd=place.template)
    place.change(".copier-answers.yml", "v1.0.0", sha)
    assert lines(place, "release") == [
        f"note .copier-answers.yml:1 says {sha}, which is no release of the template"
    ]
    place.change("Dockerfile", "RUN two", "RUN another")
    assert lines(place, "drift") == [f"error Dockerfile:3 differs from {sha} in 1 line"]


def test_changes_that_are_not_committed_are_looked_at_and_said(place: InUse) -> None:
    place.write("new.txt", "new\n")
    (place.project / "justfile").unlink()
    assert lines(place, "committed") == [
        "note 2 files are not as committed: they were looked at as they are"
    ]
    assert "error justfile is missing: v1.0.0 has it" in lines(place, "drift")


@pytest.mark.parametrize(
    ("file", "before", "after", "finding"),
    [
        (
            "evaluation/gates.py",
            "(beats_baseline, calibrated)",
            "(beats_baseline,)",
            "gates.py:5 has calibrated, but it is not asked any more",
        ),
        ("evaluation/gates.py", "gain > 0", "gain < 0", "gates.py:1 lets beats_baseline decide"),
        ("evaluation/gates.py", "def calibrated", "def other", "gates.py has no calibrated"),
        ("evaluation/gates.py", "in GATES]", "in ()]", "gates.py:9 lets decide decide otherwise"),
        ("registry/store.py", "refuse(verdict)", "pass", "store.py:1 lets promote decide"),
    ],
)
def test_a_gate_that_is_taken_out_is_an_error(
    place: InUse, file: str, before: str, after: str, finding: str
) -> None:
    place.change(f"src/churn/{file}", before, after)
    found = lines(place, "gates")
    assert any(one.startswith("error ") and finding in one for one in found), found


def test_comments_and_other_code_beside_the_gates_are_no_finding(place: InUse) -> None:
    place.change("src/churn/evaluation/gates.py", "GATES = (", "MORE = 1  # mine\nGATES = (")
    assert lines(place, "gates") == []


def test_gates_that_were_answered_away_are_a_note(place: InUse) -> None:
    place.change(".copier-answers.yml", "strict_gates: true", "strict_gates: false")
    assert lines(place, "gates") == [
        "note .copier-answers.yml:5 has strict_gates off: "
        "the gates of that capability judge no challenger"
    ]


def test_bars_that_are_lower_than_the_releases_are_warnings_with_their_reason(place: InUse) -> None:
    place.write(
        "config/default.yaml",
        "evaluation:\n"
        "  max_calibration_error: 0.08 # what the release says\n"
        "  max_slice_drop: 0.03\n"
        "  # Few customers leave.\n"
        "  min_positives: 50\n"
        "  bootstrap: 20\n"
        "serving:\n"
        "  max_rows: 99999\n",
    )
    place.write("config/prod.yaml", "serving:\n  replay_tolerance: 0.1 # other processors\n")
    assert lines(place, "bars") == [
        "warning config/default.yaml:2 has evaluation.max_calibration_error: 0.08, "
        "looser than the release's 0.05 (no reason is given)",
        "warning config/default.yaml:3 has evaluation.max_slice_drop: 0.03, "
        "looser than the release's 0.02 (no reason is given)",
        "warning config/default.yaml:5 has evaluation.min_positives: 50, "
        "looser than the release's 200 (the reason given: Few customers leave.)",
        "warning config/prod.yaml:2 has serving.replay_tolerance: 0.1, "
        "looser than the release's 1e-06 (the reason given: other processors)",
    ]


def test_bars_that_are_as_high_or_higher_are_no_finding(place: InUse) -> None:
    place.change("config/default.yaml", "min_positives: 200", "min_positives: 500")
    place.change("config/default.yaml", "error: 0.05", "error: 0.01")
    assert lines(place, "bars") == []


def test_settings_that_cannot_be_read_are_an_error(place: InUse) -> None:
    place.write("config/prod.yaml", "evaluation: [\n")
    [found] = lines(place, "bars")
    assert found.startswith("error config/prod.yaml cannot be read: while parsing")


def test_a_pipeline_that_asks_less_is_an_error(place: InUse) -> None:
    place.change(".github/workflows/ci.yml", "just secrets", "just check")
    place.change("justfile", "check: lint types", "check: lint")
    assert lines(place, "pipelines") == [
        "error .github/workflows/ci.yml does not call `just secrets` any more",
        "error justfile:1 leaves types out of `just check`",
    ]


def test_a_pipeline_that_asks_more_or_elsewhere_is_no_finding(place: InUse) -> None:
    path = place.project / ".github/workflows/ci.yml"
    path.rename(path.with_name("checks.yml"))
    place.change("justfile", "check: lint types", "check: mine types lint")
    assert lines(place, "pipelines") == []


def test_a_template_that_cannot_be_reached_is_asked_once_and_not_verified(
    place: InUse, tmp_path: Path
) -> None:
    place.change(".copier-answers.yml", str(place.template), str(tmp_path / "gone"))
    templates = Templates(tmp_path / "templates")
    with conformance.copy_of(place.project, templates) as subject:
        for name in ("drift", "gates", "bars", "pipelines"):
            with pytest.raises(Unreachable, match=r"the template at .*gone"):
                CHECKS[f"conformance.{name}"].run(subject)
    again = conformance.copy_of(place.project, templates, template=str(place.template))
    with again as subject:
        assert CHECKS["conformance.drift"].run(subject) == ()


def test_a_project_from_a_plain_folder_has_no_release_to_hold_it_against(place: InUse) -> None:
    place.change(".copier-answers.yml", "_commit: v1.0.0\n", "")
    with pytest.raises(NotVerified, match="a plain folder has none"):
        place.found("conformance.drift")


def test_a_release_that_is_gone_is_refused(place: InUse) -> None:
    place.change(".copier-answers.yml", "v1.0.0", "v0.9.0")
    with pytest.raises(Refused, match=r"has no v0\.9\.0 any more: bring the project to"):
        place.found("conformance.drift")


def test_a_template_is_fetched_once_for_many_projects(place: InUse, tmp_path: Path) -> None:
    templates = Templates(tmp_path / "templates")
    source_ = Source(str(place.template), "v1.0.0")
    first = templates.folder(source_)
    (place.template / "copier.yml").unlink()
    commit(place.template)
    assert templates.folder(source_) == first
    assert (first / "copier.yml").is_file()


def test_the_checkout_of_this_tool_is_nearer_when_it_is_that_template_and_has_the_commit(
    place: InUse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamp, "checkout", lambda: place.template)
    far = Source("https://github.com/acme/mlstamp", "v1.0.0")
    assert stamp.nearer(far) == far
    git("remote", "add", "origin", "git@github.com:acme/mlstamp.git", cwd=place.template)
    assert stamp.nearer(far) == Source(str(place.template), "v1.0.0")
    unknown = Source(far.location, "v9.9.9")
    assert stamp.nearer(unknown) == unknown


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/mlstamp",
        "git+https://github.com/acme/mlstamp.git",
        "git@github.com:acme/mlstamp.git",
        "ssh://git@github.com/acme/mlstamp",
    ],
)
def test_spellings_of_one_place_are_one(place: InUse, url: str) -> None:
    git("remote", "add", "origin", "https://github.com/acme/mlstamp/", cwd=place.template)
    assert source.same_place(place.template, url)
    assert not source.same_place(place.template, url.replace("acme", "umbrella"))


def test_only_errors_are_red() -> None:
    assert [str(level) for level in Level] == ["error", "warning", "note"]
