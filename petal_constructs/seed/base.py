"""What all sections of a seed have in common, and the text forms that several of them use."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Section(BaseModel):
    """Part of a seed: frozen, with no keys but its own; the text below a field documents it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )


FORMS: Final[dict[str, str]] = {}
"""Pattern -> what it asks for in words; error hints and the reference are made from it."""


def form(pattern: str, words: str, *, longest: int | None = None) -> Any:
    """Constraint for a text field: a pattern, and the words that explain it to a person."""
    FORMS[pattern] = words
    return Field(pattern=pattern, max_length=longest)


def as_written(value: object) -> object:
    """Text of a plain number such as `1.30` or `1234`, just as it stands in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return getattr(value, "text", str(value))
    return value


QueueName = Annotated[
    str,
    form(
        r"^[a-z][a-z0-9-]*$",
        "lower-case letters, digits and hyphens, starting with a letter",
        longest=25,
    ),
]
UserName = Annotated[
    str,
    form(
        r"^[a-z_][a-z0-9_-]*$",
        "lower-case letters, digits, _ and -, starting with a letter or _",
        longest=32,
    ),
]
InstanceTypeName = Annotated[
    str,
    form(r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$", "an EC2 instance type such as c5.4xlarge", longest=40),
]
SpackSpec = Annotated[
    str,
    form(
        r"^[a-z0-9_][a-z0-9_.-]*(([@%+~^ ]|/)[A-Za-z0-9_.,:=@%+~^/ \-]*)?$",
        "a Spack spec such as samtools@1.17, without quotes or shell characters",
        longest=200,
    ),
]
MountPoint = Annotated[
    str,
    form(
        r"^(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$",
        "an absolute path such as /shared/data, of letters, digits and . _ -",
        longest=200,
    ),
]
Written = Annotated[str, BeforeValidator(as_written, json_schema_input_type=str | int | float)]
"""Text that people like to write without quotes, such as a version or a tag's value."""
