"""What Jinja compiled is known again, and what only looks alike is not."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import Environment

from mlstamp.compiled import compiled_once


def test_a_text_is_compiled_once_for_all_environments_of_one_dialect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    generate: Any = Environment._generate  # whose overloads know nothing of a pass-through

    def count(env: Environment, source: object, *rest: object, **more: object) -> Any:
        made.append(str(source))
        return generate(env, source, *rest, **more)

    monkeypatch.setattr(Environment, "_generate", count)
    with compiled_once():
        for name in ("one", "two"):
            template = Environment(autoescape=True).from_string("once: {{ name }}")
            assert template.render(name=name) == f"once: {name}"
    assert len(made) == 1


def test_other_marks_make_another_template_of_the_same_text() -> None:
    with compiled_once():
        assert Environment(autoescape=True).from_string("[[ x ]]{{ x }}").render(x=1) == "[[ x ]]1"
        other = Environment("{%", "%}", "[[", "]]", autoescape=True)
        assert other.from_string("[[ x ]]{{ x }}").render(x=1) == "1{{ x }}"


def test_jinja_is_left_as_it_was() -> None:
    before = Environment.compile
    with pytest.raises(RuntimeError), compiled_once():
        assert Environment.compile is not before
        raise RuntimeError
    assert Environment.compile is before
