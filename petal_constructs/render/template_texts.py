"""Folders of template files that are used as they are."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources.abc import Traversable


def template_texts(folder: Traversable, prefix: str) -> dict[str, str]:
    """Text by path below the folder, each behind the prefix, in the order of names."""
    return dict(_texts(folder, prefix))


def _texts(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name == "__pycache__":  # of the scripts in Python, when the package is installed
            continue
        if entry.is_dir():
            yield from _texts(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_text(encoding="utf-8")
