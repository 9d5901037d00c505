"""The two ways a request ends that a person is meant to read."""


class Refused(Exception):
    """The request cannot be honoured: the message is one sentence that says what to do instead."""


class Unreachable(Refused):
    """The template cannot be reached: the message says which."""


class StepFailed(Exception):
    """A step that ran went wrong: the message is one sentence that says where to look."""
