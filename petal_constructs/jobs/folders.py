"""Absolute paths of a script, against the folders of a cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog.job_scripts import facts
from petal_constructs.jobs.commands import Command, Script
from petal_constructs.jobs.findings import Finding, change
from petal_constructs.jobs.options import Option, Word
from petal_constructs.jobs.site import Site
from petal_constructs.seed.suggest import nearest, one_of

_PATH: Final = re.compile(r"(?:[\w-]+=)?(/[A-Za-z0-9_.+@-]+(?:/[A-Za-z0-9_.+@%-]*)*+)")
_IMAGE_FILES: Final = (".sif", ".simg", ".sqsh")
_OF_FILES: Final = ("output", "error", "input", "chdir")
_WRITES: Final = ("output", "error")


def check_folders(script: Script, options: tuple[Option, ...], site: Site) -> Iterator[Finding]:
    """Each folder that is missing, at the first place that names it; each write that fails."""
    seen: set[str] = set()
    for word in _words(script, options):
        path = _path(word)
        if path is None or _is_there(path, site):
            continue
        top = "/".join(path.split("/")[:3]) if path.startswith(("/mnt/", "/media/")) else ""
        top = top or "/" + path.split("/")[1]
        if top not in seen:
            seen.add(top)
            yield _missing(path, word, site)
    yield from _written(script, options, site)


def _words(script: Script, options: tuple[Option, ...]) -> Iterator[Word]:
    for option in options:
        if option.name in _OF_FILES:
            yield Word(option.value, option.spot, option.dynamic)
    for command in script.commands:
        yield from _of(command)
    yield from script.assignments


def _of(command: Command) -> Iterator[Word]:
    if _in_an_image(command):
        yield from _mounted(command)
    elif command.program not in facts().words.of_text:
        yield from command.words
    yield from command.outputs


def _in_an_image(command: Command) -> bool:
    """Whether its paths are those of a container image."""
    runtimes = facts().commands.container_programs
    return any(
        word.text in runtimes or word.text.startswith("--container-image") for word in command.words
    )


def _mounted(command: Command) -> Iterator[Word]:
    """What is brought into the image, and image files."""
    before = ""
    for word in command.words:
        option = word.text.partition("=")[0]
        if (
            (before in facts().commands.mount_options and not word.text.startswith("-"))
            or option in facts().commands.mount_options
            or word.text.endswith(_IMAGE_FILES)
        ):
            yield word
        before = word.text


def _path(word: Word) -> str | None:
    found = _PATH.match(word.text)
    if found is None:
        return None
    rest = word.text[found.end() : found.end() + 1]
    return found[1] if rest in ("", ":", "$", "*", "{", ",", "?", "[", "`") else None


def _is_there(path: str, site: Site) -> bool:
    if path.split("/")[1] in facts().words.linux_folders:
        return True
    return any(_inside(path, folder) or _inside(folder, path) for folder in site.folders)


def _inside(path: str, folder: str) -> bool:
    return path.rstrip("/") == folder or path.startswith(f"{folder.rstrip('/')}/")


def _missing(path: str, word: Word, site: Site) -> Finding:
    near = nearest(path, site.folders)
    hint = f"write {near}" if near else one_of(site.folders)
    more = "or mount it there by data.shared or data.s3_mounts of the seed"
    message = f"nothing is mounted at {path[:80]}"
    return change("J141", message, f"{hint}; {more}", word.spot)


def _written(script: Script, options: tuple[Option, ...], site: Site) -> Iterator[Finding]:
    named = [Word(o.value, o.spot, o.dynamic) for o in options if o.name in _WRITES]
    for word in (*named, *(word for command in script.commands for word in command.outputs)):
        path = _path(word)
        folder = next((f for f in site.read_only if path and _inside(path, f)), None)
        if folder:
            message = f"{folder} is mounted read-only, and {(path or '')[:80]} is written to"
            yield change("J142", message, "write elsewhere", word.spot)
