"""The documents as data: links, the files that they show, commands with what these print."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("examples/*/*.md")),
    *sorted(ROOT.glob("petal_constructs/**/*.md")),
)
SEEDS = sorted(ROOT.glob("seeds/*.yaml"))

_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_PROMPT = re.compile(r"^\$ ", re.MULTILINE)
_GOES_ON = re.compile(r"\\\n\s*")


@dataclass(frozen=True, slots=True)
class Command:
    """A line after `$ `, and the lines below it."""

    page: str
    words: tuple[str, ...]
    printed: str

    def __str__(self) -> str:
        return f"{self.page}: {shlex.join(self.words)}"


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def links(page: Path) -> list[str]:
    """Targets of links to files, without the part after #."""
    targets = [found["target"].split("#")[0] for found in _LINK.finditer(page.read_text("utf-8"))]
    return [target for target in targets if target and "://" not in target]


def section_links(page: Path) -> list[tuple[Path, str]]:
    """Page and section of links to a section of a page."""
    targets = [found["target"].partition("#") for found in _LINK.finditer(page.read_text("utf-8"))]
    return [
        (page.parent / file if file else page, section)
        for file, _, section in targets
        if section and "://" not in file
    ]


def sections(page: Path) -> set[str]:
    """Headings as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


def blocks(page: Path, kind: str) -> list[str]:
    found = _BLOCK.finditer(page.read_text("utf-8"))
    return [block["text"] for block in found if block["kind"] == kind]


def shown_files(page: Path) -> dict[str, str]:
    """YAML blocks that begin with their file's name as a comment; scripts have it in line 2."""
    named = [(re.match(r"# (\S+\.yaml)\n", text), text) for text in blocks(page, "yaml")]
    named += [(re.match(r"#!.*\n# (\S+\.sh)\n", text), text) for text in blocks(page, "sh")]
    return {first[1]: text for first, text in named if first}


def commands(page: Path) -> list[Command]:
    """What the console blocks of a page run, in order."""
    found = []
    for block in blocks(page, "console"):
        for part in _PROMPT.split(block)[1:]:
            line, _, printed = _GOES_ON.sub("", part).partition("\n")
            found.append(Command(name(page), tuple(shlex.split(line)), printed))
    return found
