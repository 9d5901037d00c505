"""Write docs/reference.md from copier.yml: run it after changing a question or a manifest."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from mlstamp.answers import Question, Questionnaire, read_config
from mlstamp.variants import capabilities

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference.md"
HEAD = """\
# Reference: questions and files

Generated from `copier.yml` and `copier/` by `uv run python generator/scripts/make_reference.py`.
A test fails when this page differs from them.

Give an answer with `--data NAME=VALUE`; what you leave out is asked, or takes its default.
"""
OWNERS = """\
## Files that are yours

Written once. An update neither changes them nor brings back one that you deleted.

"""
CAPABILITIES = """\
## Capabilities and their files

A capability that is off leaves out the paths in its row. Paths are patterns as in `.gitignore`.

| capability | files | page |
| --- | --- | --- |
"""
HIDDEN = """\
## Computed answers

Nobody is asked for these, and they cannot be given.

| name | what it is computed from |
| --- | --- |
"""
SETTINGS = """\
## Settings of a project

Keys of `config/default.yaml`, as `src/<package>/config.py` and the capabilities define them. A
`Share` is 0 to 1, a `Count` a whole number from 1. An environment variable wins:
`CHURN_SERVING__PORT=9000`.

| key | type | default |
| --- | --- | --- |
"""
PACKAGE = Path("template") / "src" / "{{package_name}}"
OPTION = re.compile(r'sockets\.options\["(\w+)"\] = "([\w.]+):')  # a plug and its settings
SOURCES = ("project_name", "project_slug", "problem", "model")  # what computed answers read
BLOCK = re.compile(r"{%.*?%}", re.DOTALL)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(ROOT), encoding="utf-8", newline="\n")


def page(template: Path) -> str:
    """Return the reference of the template in that folder."""
    config, questionnaire = read_config(template), Questionnaire.read(template)
    asked = "\n".join(_question(question, config) for question in questionnaire.questions.values())
    names = capabilities(template, questionnaire)
    files = "".join(_capability(name, owned_by(template, name)) for name in names)
    owned = "".join(f"- `{pattern}`\n" for pattern in config["_skip_if_exists"])
    hidden = "".join(_hidden(question) for question in questionnaire.computed.values())
    keys = SETTINGS + "".join(_key(*field) for field in settings(template / PACKAGE))
    parts = [HEAD, "## Questions\n", asked, OWNERS + owned, CAPABILITIES + files, keys]
    return "\n".join([*parts, HIDDEN + hidden])


def _question(question: Question, config: dict[str, Any]) -> str:
    rows = [("type", question.kind), ("default", _default(question))]
    if question.choices:
        rows.insert(1, ("choices", _choices(config[question.name]["choices"])))
    if "ask" in config[question.name]:
        rows.append(("asked", f"when {_code(_condition(config[question.name]['ask']))}"))
    if question.validator:
        rows.append(("refused with", "<br>".join(_refusals(question.validator))))
    table = "".join(f"| {name} | {value} |\n" for name, value in rows)
    return f"### `{question.name}`\n\n{question.help}\n\n| | |\n| --- | --- |\n{table}"


def _choices(raw: object) -> str:
    if isinstance(raw, dict):
        return "<br>".join(f"`{value}`: {label}" for label, value in raw.items())
    return ", ".join(map(_code, raw)) if isinstance(raw, list) else _code(str(raw))


def _default(question: Question) -> str:
    text = str(question.default)
    return f"computed: {_code(_condition(text))}" if "{{" in text else _code(text)


def _condition(text: object) -> str:
    """Return a Jinja expression without its braces."""
    return str(text).strip().removeprefix("{{").removesuffix("}}").strip()


def _refusals(validator: str) -> list[str]:
    """Return the sentences that a validator can say, a computed word in each as its name."""
    said = BLOCK.split(" ".join(validator.split()))
    return [_names(part.strip()) for part in said if part.strip()]


def _names(sentence: str) -> str:
    return re.sub(r"{{\s*(\w+)[^}]*}}", r"*\1*", sentence)


def owned_by(template: Path, capability: str) -> list[str]:
    """Return the patterns of the paths that a capability's manifest leaves out when it is off."""
    path = template / "copier" / "capabilities" / f"{capability}.yml"
    manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [BLOCK.sub("", entry).strip() for entry in manifest.get("_exclude", [])]


def _capability(name: str, owned: list[str]) -> str:
    files = "<br>".join(map(_code, owned)) or "an overlay folder for each value"
    return f"| `{name}` | {files} | [{name}](capabilities/{name}.md) |\n"


def settings(package: Path) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and default of each key, read from the classes that define it."""
    classes = _classes(package / "config.py")
    for name, kind, default in classes["Settings"]:
        if kind in classes:
            yield from ((f"{name}.{key}", *rest) for key, *rest in classes[kind])
        elif name != "options":
            yield name, kind, default
    for option, module in _options(package):
        for fields in _classes(module).values():
            yield from ((f"options.{option}.{key}", *rest) for key, *rest in fields)


def _options(package: Path) -> Iterator[tuple[str, Path]]:
    """Yield each capability with settings of its own, and the file that defines them."""
    for plug in sorted((package / "wiring").glob("*.py")):
        for name, dotted in OPTION.findall(plug.read_text(encoding="utf-8")):
            path = package.joinpath(*dotted.split("."))
            yield name, path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _classes(path: Path) -> dict[str, list[tuple[str, str, str]]]:
    """Return name, type and default of each field of the settings classes in a file."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        bases = {ast.unparse(base) for base in node.bases} if isinstance(node, ast.ClassDef) else ()
        if isinstance(node, ast.ClassDef) and {"Section", "BaseSettings"} & set(bases):
            found[node.name] = [
                (ast.unparse(item.target), ast.unparse(item.annotation), _value(item.value))
                for item in node.body
                if isinstance(item, ast.AnnAssign)
            ]
    return found


def _value(node: ast.expr | None) -> str:
    """Return a default as people write it in YAML, or nothing where there is none."""
    if isinstance(node, ast.Call):  # Path("...")
        node = node.args[0] if node.args else node
    if node is None:
        return ""
    return (str(ast.literal_eval(node)) if _plain(node) else ast.unparse(node)) or '""'


def _plain(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant | ast.Dict)


def _key(name: str, kind: str, default: str) -> str:
    return f"| `{name}` | {_code(kind)} | {_code(default) if default else 'required'} |\n"


def _hidden(question: Question) -> str:
    text = str(question.default)
    known = [name for name in re.findall(r"\b[a-z_]+\b", text) if "{{" in text or "{%" in text]
    sources = dict.fromkeys(name for name in known if name in SOURCES)
    return f"| `{question.name}` | {', '.join(map(_code, sources)) or 'a fixed list'} |\n"


def _code(text: object) -> str:
    return f"`{str(text).replace('|', chr(92) + '|')}`"


if __name__ == "__main__":
    main()
