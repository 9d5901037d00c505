"""A small template with a package, and a repository that somebody else made."""

from __future__ import annotations

TEMPLATE = {
    "copier.yml": """\
_subdirectory: template
_templates_suffix: .jinja
_envops: {undefined: jinja2.StrictUndefined, keep_trailing_newline: true}
_skip_if_exists: [/README.md, /config]
_exclude: ["{% if _copier_operation == 'update' %}/README.md{% endif %}"]
project_name:
  type: str
  default: churn
  validator: "{% if project_name == 'json' %}json is a name that the project needs.{% endif %}"
owner: {type: str, default: acme}
description: {type: str, default: Something.}
license: {type: str, default: MIT, choices: [MIT, Apache-2.0, none]}
profile: {type: str, default: recommended, choices: [minimal, recommended]}
package: {type: str, when: false, default: "{{ project_name | replace('-', '_') }}"}
""",
    "template/.copier-answers.yml.jinja": "{{ _copier_answers | to_nice_yaml }}",
    "template/.gitignore": ".venv/\n*.db\n",
    "template/README.md.jinja": "# {{ project_name }}\n",
    "template/config/default.yaml": "seed: 1\n",
    "template/justfile": "check:\n    pytest\n",
    "template/ci.yml": "jobs: theirs\n",
    "template/data/sample.csv": "ignored where it lands\n",
    "template/same.txt": "the same\n",
    "template/src/{{package}}/__init__.py": '"""A project."""\n',
    "template/src/{{package}}/serve.py": "PORT = 8000\n",
    "template/pyproject.toml.jinja": """\
[project]
name = "{{ project_name }}"
version = "0.1.0"
description = "{{ description }}"
dependencies = [
    "numpy>=2.1,<3",
    "pydantic>=2",
    "pyyaml>=6",
    "typer>=0.20",
    # Your own dependencies go below this line.
]

[tool.mypy]
strict = true
""",
}
OWN = {
    ".gitignore": "*.db\n*.log\ndata/\n",
    "README.md": "# Sales\n\nOurs.\n",
    "LICENSE": "MIT License\n\nCopyright (c) 2019 Umbrella\n",
    "ci.yml": "jobs: ours\n",
    "same.txt": "the same\n",
    "src/sales_forecast/__init__.py": '__version__ = "3.2.1"\n',
    "src/sales_forecast/model.py": "def predict(x):\n  return x * 2\n",
    "tests/test_model.py": "def test_it():\n    assert True\n",
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "umbrella-sales"
dynamic = ["version"]
description = 'The "sales" of a week'
dependencies = ["NumPy>=1.26", "requests>=2"]

[tool.black]
line-length = 120
""",
}
