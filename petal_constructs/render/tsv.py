"""Tables that shell scripts read: fields between tabs, rows between line ends, nothing escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def tsv(rows: Iterable[Sequence[str]]) -> str:
    """The rows as a table.

    Raises:
        ValueError: As `field`.
    """
    return "".join("\t".join(map(field, row)) + "\n" for row in rows)


def field(text: str) -> str:
    """The text itself.

    Raises:
        ValueError: It holds a tab, a line end or another control character, or is empty.
    """
    # `read` takes two tabs in a row for one: an empty field would shift all that follow
    if not text or any(ord(char) < 0x20 or ord(char) == 0x7F for char in text):  # noqa: PLR2004
        msg = f"{text!r} cannot be a field of a data file: it is empty or holds a control character"
        raise ValueError(msg)
    return text
