"""Apptainer's definition files: what their sections install.

Grammar: Apptainer's user guide, "Definition Files", 1.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from petal_constructs.extract.dockerfile import base_image, script
from petal_constructs.extract.found import Note, Read, Tree


def read(tree: Tree, path: str) -> Read:
    """What the image of a definition file will hold, as far as its text says so."""
    where = tree.place(path)
    header, *sections = re.split(r"(?m)^%", tree.text(path))
    source = re.search(r"(?mi)^\s*from:\s*(\S+)", header)
    if source is None:
        yield Note(where, "a definition file without From, or a file of another kind")
        return
    where = tree.place(path, header.count("\n", 0, source.start(1)) + 1)
    if re.search(r"(?mi)^\s*bootstrap:\s*docker", header):
        yield from base_image(source[1], where)
    else:
        yield Note(where, f"{source[1]}: what this image holds is not in the file")
    for line, body in _scripts(header, sections):
        yield from script(tree, path, body, {}, tree.place(path, line))


def _scripts(header: str, sections: list[str]) -> Iterator[tuple[int, str]]:
    """The text of `%post`, with its line."""
    line = header.count("\n") + 1
    for section in sections:
        name, _, body = section.partition("\n")
        if name.split()[:1] == ["post"]:
            yield line, body
        line += section.count("\n")
