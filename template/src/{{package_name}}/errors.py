"""The one kind of failure a person is meant to read."""


class StageError(Exception):
    """A stage cannot go on: the message is one sentence that says what to do."""


class OtherSchemaError(StageError):
    """A Bundle is whole, but was trained for columns other than problem/schema.py has now."""
