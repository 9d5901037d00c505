"""Ask GitLab for the champion of an earlier pipeline, or to show a merge request a summary."""

import io
import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

PAGE, SEEN_AT_ONCE = Path("reports/summary.md"), 100
MARK = "<!-- model report -->"  # by which the one comment of ours is found again
SECONDS = 60


class RefusedError(Exception):
    """GitLab does not do what it is asked; the sentence says what to do."""


class AbsentError(RefusedError):
    """There is no such thing, or GitLab does not show it."""


def previous(jobs: list[str]) -> str:
    """Put the registry of the default branch's newest good pipeline here; return what was done.

    The first of these jobs that it has counts. GitLab itself keeps branches of others out.
    """
    branch = _given("CI_DEFAULT_BRANCH")
    for job in jobs:
        try:
            archive = _ask(f"jobs/artifacts/{quote(branch, '')}/download?{urlencode({'job': job})}")
        except AbsentError as absent:
            if "Project" in str(absent):  # so it says where its plan does not let a job ask
                raise RefusedError(
                    f"GitLab does not show this job what an earlier one left ({absent}): give it "
                    "the masked variable REGISTRY_TOKEN, a token that may read the API."
                ) from None
            continue
        zipfile.ZipFile(io.BytesIO(archive)).extractall()
        return f"The model is that of {job} in the newest good pipeline of {branch}."
    return "No champion was trained before: this one has nobody to challenge."


def comment() -> str:
    """Show the summary as the one comment of ours on the merge request."""
    notes = f"merge_requests/{_given('CI_MERGE_REQUEST_IID')}/notes"
    text = f"{MARK}\n{PAGE.read_text(encoding='utf-8')}"
    ours = _ours(notes)
    if ours is None:
        _ask(notes, "POST", text)
        return "The merge request has a comment."
    _ask(f"{notes}/{ours}", "PUT", text)
    return "The comment on the merge request is the newest."


def _ours(notes: str) -> int | None:
    """Return the number of the comment that an earlier pipeline wrote."""
    page = 1
    while found := _page(notes, page):
        for note in found:
            if str(note["body"]).startswith(MARK):
                return int(note["id"])
        page += 1
    return None


def _page(notes: str, page: int) -> list[dict[str, Any]]:
    asked = urlencode({"page": page, "per_page": SEEN_AT_ONCE, "sort": "asc"})
    found: list[dict[str, Any]] = json.loads(_ask(f"{notes}?{asked}"))
    return found


def _ask(path: str, method: str = "GET", text: str | None = None) -> bytes:
    """Return what GitLab answers; raises RefusedError with its reason."""
    url = f"{_given('CI_API_V4_URL')}/projects/{_given('CI_PROJECT_ID')}/{path}"
    body = None if text is None else urlencode({"body": text}).encode()
    request = Request(url, body, method=method)  # noqa: S310 - the server that runs this
    request.add_unredirected_header(*_identity(writes=path.startswith("merge_requests/")))
    try:
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - as above
            return bytes(answer.read())
    except HTTPError as error:
        kind = AbsentError if error.code == 404 else RefusedError
        raise kind(f"{error.code}: {error.read().decode(errors='replace')[:200]}") from None
    except URLError as error:
        raise RefusedError(f"GitLab does not answer: {error.reason}") from None


def _given(name: str) -> str:
    """Return a variable that GitLab gives to each job."""
    if not (value := os.environ.get(name)):
        raise RefusedError(f"{name} is not set: this is for a job of GitLab, which sets it.")
    return value


def _identity(*, writes: bool) -> tuple[str, str]:
    """Return the header that says who asks; it does not follow to where artifacts are stored."""
    token = os.environ.get("REPORT_TOKEN" if writes else "REGISTRY_TOKEN")
    return ("PRIVATE-TOKEN", token) if token else ("JOB-TOKEN", _given("CI_JOB_TOKEN"))


def main(which: str, *jobs: str) -> int:
    """Do one of the two, and return the exit code."""
    try:
        print(previous([*jobs]) if which == "previous" else comment())
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
