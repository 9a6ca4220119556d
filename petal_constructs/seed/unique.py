"""Things of a kind that must differ from one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from petal_constructs.errors import Problem


def unique(named: Iterable[tuple[str, object]], hint: str) -> Iterator[Problem]:
    """A problem for each name that stands at an earlier path already."""
    first: dict[object, str] = {}
    for path, name in named:
        if name in first:
            yield Problem("P109", path, f"{name} stands at {first[name]} already", hint)
        else:
            first[name] = path
