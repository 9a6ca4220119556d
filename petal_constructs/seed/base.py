"""What all sections of a seed have in common, and the text forms that several of them use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from petal_constructs.seed.near import folder, spack_spec


class Section(BaseModel):
    """Part of a seed: frozen, with no keys but its own; the text below a field documents it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
    )


FORMS: Final[dict[str, str]] = {}
"""Pattern -> what it asks for in words; error hints and the reference are made from it."""


NEAR: Final[dict[str, Callable[[str], str]]] = {}
"""Pattern -> the hint for a text that nearly has the form; empty where it does not."""


def form(
    pattern: str,
    words: str,
    *,
    longest: int | None = None,
    near: Callable[[str], str] | None = None,
) -> Any:
    """Constraint for a text field: a pattern, and the words that explain it to a person."""
    FORMS[pattern] = words
    if near:
        NEAR[pattern] = near
    return Field(pattern=pattern, max_length=longest)


class Written:
    """Marks text that may be written without quotes, such as a version, even if it is a number."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return core_schema.no_info_before_validator_function(self.as_written, handler(source))

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> Any:
        return {"anyOf": [handler(core), {"type": ["number", "boolean"]}]}

    @staticmethod
    def as_written(value: object) -> object:
        """Text of a number such as `1.30`, just as it stands in the file."""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return getattr(value, "text", str(value))
        return value


class AnyCase:
    """Marks words that may be written in upper and lower case."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        """Keep the function that turns what is written into the word's own case."""
        self.fold = fold

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        schema = handler(source)
        words = schema["expected"]

        def folded(value: object) -> object:
            word = self.fold(value) if isinstance(value, str) else value
            return word if word in words else value  # messages show what was written

        return core_schema.no_info_before_validator_function(folded, schema)

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> Any:
        return any_case(handler(core)["enum"])


def any_case(words: Iterable[str]) -> dict[str, Any]:
    """JSON Schema of words in any case: offered as they are, accepted in other cases too."""
    words = list(words)
    letters = ["".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in w) for w in words]
    other_case = {"type": "string", "pattern": f"^({'|'.join(letters)})$"}
    return {"anyOf": [{"enum": words}, other_case]}


QueueName = Annotated[
    str,
    form(
        r"^[a-z][a-z0-9-]*$",
        "lower-case letters, digits and hyphens, starting with a letter",
        longest=25,
    ),
]
RoleArn = Annotated[
    str,
    form(
        r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$",
        "a role such as arn:aws:iam::123456789012:role/Chemistry",
        longest=600,
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
EmailAddress = Annotated[
    str,
    form(
        r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
        "a mail address such as hpc@example.org",
        longest=254,
    ),
]
InstanceTypeName = Annotated[
    str,
    form(r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$", "an EC2 instance type such as c5.4xlarge", longest=40),
]
_SPACK_NAME = r"[a-z0-9_][a-z0-9_.-]*"
_SPACK_NODE = rf"{_SPACK_NAME}(@=?[A-Za-z0-9_:][A-Za-z0-9_.:,=-]*)?(/[a-z2-7]{{5,32}})?"
_SPACK_VALUE = r"[A-Za-z0-9_.,:=/-]+"

SpackSpec = Annotated[
    str,
    form(
        rf"^{_SPACK_NODE}( *[%^]{{1,2}} *{_SPACK_NODE}| *(\+{{1,2}}|~{{1,2}}){_SPACK_NAME}"
        rf"| +-{_SPACK_NAME}| +{_SPACK_NAME}={_SPACK_VALUE}| +/[a-z2-7]{{5,32}})*$",
        "a Spack spec such as samtools@1.17, without quotes or shell characters",
        longest=200,
        near=spack_spec,
    ),
]
MountPoint = Annotated[
    str,
    form(
        r"^(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$",
        "an absolute path such as /shared/data, of letters, digits and . _ -",
        longest=200,
        near=folder,
    ),
]
