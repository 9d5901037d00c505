"""Is all that Input asks for what Column knows? Who checks rows without pydantic has to ask."""

from ..problem import schema
from . import input_columns

CHECKS = ("validators", "field_validators", "root_validators", "model_validators")


def only_bounds() -> bool:
    """Tell whether Input asks for nothing but types, choices and bounds, by the columns' names."""
    own = any(getattr(schema.Input.__pydantic_decorators__, name) for name in CHECKS)
    fields = schema.Input.model_fields.values()
    other = any(field.default_factory or field.alias or field.validation_alias for field in fields)
    return not own and not other and all(column.plain for column in input_columns())
