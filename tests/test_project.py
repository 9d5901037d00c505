"""Commands, logs, timeouts and servers of a repository on disk."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from mlstamp import http
from mlstamp.errors import StepFailed
from mlstamp.project import Project, clean_environment, free_port
from tests.support import write_all

PYPROJECT = '[project]\nname = "my-churn"\n[project.scripts]\nmy-churn = "my_churn.cli:main"\n'
SERVER = """\
import http.server, sys
assert sys.argv[1:3] == ["my-churn", "serve"], sys.argv
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(READY)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[4])), Handler).serve_forever()
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = write_all(tmp_path / "project", {"pyproject.toml": PYPROJECT})
    return Project(root, tmp_path / "logs")


def python(project: Project, code: str) -> tuple[str, ...]:
    write_all(project.root, {"run.py": code})
    return (sys.executable, "run.py")


def test_names_come_from_the_entry_point(project: Project) -> None:
    assert (project.name, project.package) == ("my-churn", "my_churn")


def test_output_is_returned_and_logged_with_the_errors(project: Project) -> None:
    done = project.run(*python(project, "import sys; print('out'); print('err', file=sys.stderr)"))
    assert (done.code, done.stdout.strip()) == (0, "out")
    assert {"out", "err"} <= set(done.log.read_text().split())


def test_a_failure_says_which_command_where_its_log_is_and_how_it_ended(project: Project) -> None:
    with pytest.raises(StepFailed, match=r"(?s)exited with 3: see .*\.log\nthe reason"):
        project.must(*python(project, "print('the reason'); raise SystemExit(3)"))


def test_a_command_that_is_not_installed_is_named(project: Project) -> None:
    with pytest.raises(StepFailed, match="no-such-tool is not installed"):
        project.run("no-such-tool")


def test_a_timeout_ends_the_command_and_all_it_started(project: Project) -> None:
    child = (
        "import time, pathlib\nfor i in range(600):\n    pathlib.Path('beat').write_text(str(i))\n"
    )
    write_all(project.root, {"child.py": child + "    time.sleep(0.05)\n"})
    code = "import subprocess, sys\nsubprocess.run([sys.executable, 'child.py'])"
    with pytest.raises(StepFailed, match="took more than 2 s"):
        project.run(*python(project, code), timeout=2)
    beat = project.root / "beat"
    before = beat.read_text()
    time.sleep(0.3)
    assert beat.read_text() == before


def test_a_project_sees_nothing_of_our_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE", "GIT_DIR", "PYTHONPATH"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("UV_CACHE_DIR", "kept")
    environment = clean_environment({"EXTRA": "1"})
    assert not environment.keys() & {"VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE", "GIT_DIR"}
    assert (environment["UV_CACHE_DIR"], environment["EXTRA"]) == ("kept", "1")


def test_a_server_is_yielded_when_it_is_ready_and_gone_afterwards(project: Project) -> None:
    project.launcher = python(project, SERVER.replace("READY", "200"))
    with project.serve() as url:
        assert http.get(f"{url}/ready").status == 200
    with pytest.raises(OSError, match="refused"):
        http.get(f"{url}/ready")


def test_a_server_that_never_gets_ready_is_stopped(project: Project) -> None:
    project.launcher = python(project, SERVER.replace("READY", "503"))
    with pytest.raises(StepFailed, match="not ready after 2 s"), project.serve(timeout=2):
        pass


def test_a_server_that_ends_at_once_is_reported(project: Project) -> None:
    project.launcher = python(project, "raise SystemExit(7)")
    with pytest.raises(StepFailed, match="the server ended with 7"), project.serve():
        pass


def test_a_repository_without_a_champion_says_so(project: Project) -> None:
    with pytest.raises(StepFailed, match="no model was promoted"):
        project.champion()


def test_the_champion_is_the_folder_beside_its_pointer(project: Project) -> None:
    pointer = '{"version": "1", "digest": "abc", "path": "abc"}'
    write_all(project.root, {"bundles/champion.json": pointer, "bundles/abc/replay.json": "{}"})
    assert project.champion() == project.root / "bundles" / "abc"


def test_free_ports_can_be_bound() -> None:
    assert 1024 < free_port() < 65536


def test_the_working_directory_of_the_tool_stays_where_it_was(project: Project) -> None:
    before = Path.cwd()
    done = project.run(*python(project, "import os; print(os.getcwd())"))
    assert Path(done.stdout.strip()) == Path(os.path.realpath(project.root))
    assert Path.cwd() == before
