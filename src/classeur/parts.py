"""Parts of a recipe: strict pydantic models whose fields are options of the table."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from classeur.errors import UnknownNameError
from classeur.options import OPTIONS


class Part(BaseModel):
    """Some options that belong together. A value out of bounds or an unknown name is an error of one line.

    Raises:
        UsageError: when it is made.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _checked(cls, values: Any) -> Any:
        """Check each value by its option: pydantic's own errors have several lines and name types, not options."""
        if not isinstance(values, dict):
            return values
        for name in values:
            if name not in cls.model_fields:
                raise UnknownNameError("option", str(name), cls.model_fields)
        return {name: OPTIONS[name].checked(value) for name, value in values.items()}


def field(name: str) -> Any:
    """Return the pydantic field of an option, with default, bounds and help from the table."""
    option = OPTIONS[name]
    return Field(
        default=option.default,
        description=option.help,
        ge=option.least,
        le=option.most,
        gt=option.above,
        lt=option.below,
    )
