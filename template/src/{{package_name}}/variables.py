"""The environment variables that are settings: which there may be, and how one is read."""

import json
import os
from collections.abc import Mapping

from pydantic.fields import FieldInfo

from .errors import StageError

OTHERS = ("ENV", "CONFIG")  # say where the settings are, and are none


def check_names(prefix: str, fields: Mapping[str, FieldInfo]) -> None:
    """Raise StageError for variables with our prefix that name none of the fields.

    pydantic-settings refuses what is misspelt below a field, but passes over the first word.
    """
    own = [name for name in sorted(os.environ) if name.upper().startswith(prefix)]
    wrong = [name for name in own if not _is_known(name.upper().removeprefix(prefix), fields)]
    if wrong:
        raise StageError(
            f"The environment has {', '.join(wrong)}, which is no setting: correct or unset it."
        )


def _is_known(name: str, fields: Mapping[str, FieldInfo]) -> bool:
    if name in OTHERS:
        return True
    head, *rest = name.lower().split("__")
    return head in fields and not (rest and fields[head].annotation in (str, int))


def from_json(value: object) -> object:
    """Return what a variable says in JSON, which pydantic-settings leaves a text in `options`."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value  # for pydantic to refuse
