"""The one kind of failure a person is meant to read."""

import re


class StageError(Exception):
    """A stage cannot go on: the message is one sentence that says what to do."""


class OtherSchemaError(StageError):
    """A Bundle is whole, but was trained for columns other than problem/schema.py has now."""


def masked(text: str) -> str:
    """Return the text without the names and passwords in its URLs, fit for a message."""
    return re.sub(r"//[^/@\s]*@", "//***@", text)
