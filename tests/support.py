"""Helpers of the tests, and the texts of a tiny template."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from mlstamp.stand_in import serving

ROOT = Path(__file__).resolve().parents[1]

TINY = {
    "copier.yml": """\
_subdirectory: template
_templates_suffix: .jinja
_envops: {undefined: jinja2.StrictUndefined, keep_trailing_newline: true}
project_name:
  type: str
  help: What is it called?
  default: churn
  validator: "{% if ' ' in project_name %}Leave out the spaces.{% endif %}"
profile:
  type: str
  default: recommended
  choices: {Minimal: minimal, Recommended: recommended, Everything: everything, Own: custom}
---
!include copier/capabilities/colour.yml
---
!include copier/capabilities/batch.yml
---
slug: {type: str, when: false, default: "{{ project_name | lower }}"}
_exclude:
  - "{% if not batch %}{{ batch_owns | join('\\n') }}{% endif %}"
""",
    "copier/capabilities/colour.yml": """\
colour:
  type: str
  default: red
  choices: [red, green]
""",
    "copier/capabilities/batch.yml": """\
batch:
  type: bool
  default: "{{ profile != 'minimal' }}"
batch_owns: {type: yaml, when: false, default: [/batch.txt]}
""",
    "template/.copier-answers.yml.jinja": "{{ _copier_answers | to_nice_yaml }}",
    "template/README.md.jinja": "# {{ project_name }} is {{ colour }}\n",
    "template/batch.txt": "many rows\n",
    "template/pyproject.toml.jinja": """\
[project]
name = "{{ slug }}"
version = "0.1.0"
requires-python = ">=3.11"
[project.scripts]
{{ slug }} = "{{ slug }}.cli:main"
""",
}


def write_all(folder: Path, texts: dict[str, str]) -> Path:
    """Write texts by relative path."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def files(folder: Path) -> set[str]:
    """Return the relative paths of all files, those of git left out."""
    found = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return {path.as_posix() for path in found if path.parts[0] != ".git"}


Route = Callable[[str, bytes], tuple[int, str, object]]


@contextmanager
def web(route: Route) -> Iterator[str]:
    """Serve `route(path, body) -> (status, content type, body)` and yield the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, said = route(self.path, body)
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Keep the output of the tests clean."""

    for method in ("do_GET", "do_POST", "do_PUT"):  # the names that the standard library looks for
        setattr(Handler, method, Handler.answer)
    with serving(Handler) as url:
        yield url
