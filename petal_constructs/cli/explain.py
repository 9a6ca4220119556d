"""`petal explain`: more about a problem than fits in one line."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import Format, OutputFile
from petal_constructs.errors import UsageError

if TYPE_CHECKING:
    from petal_constructs.explain import Explanation

Code = Annotated[
    str | None,
    typer.Argument(
        metavar="CODE", help="Code of a problem, e.g. P103. Default: list all.", show_default=False
    ),
]


def explain(code: Code = None, output_file: OutputFile = None, form: Format = "text") -> None:
    """Explain a problem: what it means, an example, and how to mend it."""
    shown = _known() if code is None else (_find(code),)
    if form == "json":
        found = [dataclasses.asdict(explanation) for explanation in shown]
        text = output.to_json(found if code is None else found[0])
    elif code is None:
        text = "\n".join(f"{known.code}  {known.title}" for known in shown)
    else:
        text = _text(shown[0])
    output.write(text, output_file)


def _known() -> tuple[Explanation, ...]:
    from petal_constructs.explain import codes, explanation

    found = (explanation(code) for code in codes())
    return tuple(known for known in found if known)


def _find(code: str) -> Explanation:
    from petal_constructs.explain import codes, explanation
    from petal_constructs.seed.suggest import did_you_mean

    found = explanation(code.upper())
    if found is None:
        hint = did_you_mean(code, codes()) or "petal explain lists all codes"
        raise UsageError(f"{code}: no such code\nhint: {hint}")
    return found


def _text(known: Explanation) -> str:
    parts = [f"{known.code}: {known.title}", known.text]
    if known.example:
        parts.append(f"example:\n{_indented(known.example)}")
    if known.fix:
        parts.append(f"to mend it:\n{_indented(known.fix)}")
    return "\n\n".join(part.rstrip() for part in parts)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
