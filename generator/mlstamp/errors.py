"""The ways a request ends that a person is meant to read; none of them shows a password."""

import re

_HTTP = re.compile(r"\b(https?://)[^/\s]*@")  # a token may be the name, or the password
_OTHER = re.compile(r"\b([a-z]+://[^/\s:@]+):[^/\s]*@")  # ssh needs the name


def without_password(text: str) -> str:
    """Return a text in which no URL tells who may enter."""
    return _OTHER.sub(r"\1@", _HTTP.sub(r"\1", text))


class Refused(Exception):
    """The request cannot be honoured: the message is one sentence that says what to do instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(without_password(sentence))


class Unreachable(Refused):
    """The template cannot be reached: the message says which."""


class StepFailed(Exception):
    """A step that ran went wrong: the message is one sentence that says where to look."""
