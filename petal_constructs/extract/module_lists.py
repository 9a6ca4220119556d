"""What Lmod and Environment Modules print -> the modules that it names.

Forms: recorded from Lmod 8.6.19 and Environment Modules 5.2.0, 2026-11-23 (tests/imports/modules).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from petal_constructs.catalog.spack_names import spack_names
from petal_constructs.extract.found import Note, shown

HIDDEN: Final = "hidden there, as what only other modules need is"
FORBIDDEN: Final = "nobody may load it there"
ALIAS: Final = "another name of a module that is listed too"
EXTENSION: Final = "comes with another module: list its package if that one does not bring it"

_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_MARK: Final = re.compile(r"[(<](?P<mark>[^()<>\s]+)[)>]")
_NAME: Final = re.compile(r"\.?[A-Za-z0-9_][\w.+@=~-]*(?:/[\w.+@=~-]+)*/?")
_LONGEST: Final = 300
"""Letters of a module's name."""
_FOLDER: Final = re.compile(r"^(?:-{2,} ?)?(?P<folder>/\S.*?):?(?: -{2,})?$")
_RULE: Final = re.compile(r"-{4,}|^- Package")
_DATE: Final = re.compile(r" \d{4}/\d\d/\d\d \d\d:\d\d:\d\d$")
_TARGET: Final = re.compile(r"^(?P<name>\S+) -> \S+")
_OF_SPIDER: Final = re.compile(r"^ {2}(?P<name>\S+): (?P<versions>\S.*)$")
_PAIR: Final = re.compile(r"^([A-Za-z][\w.+-]*)[\s,;|]+([0-9][\w.+-]*)$")
"""A name and its version in two columns of somebody's own list."""
_NUMBERED: Final = re.compile(r"(?:^|\s)\d+\)\s")
_COUNTED: Final = re.compile(r"(?<!\S)(?P<name>\S+) \((?P<count>\d+)\)")
_LEGEND: Final = re.compile(r"^\s*(?:Key|Where):|^\s+[A-Z*]:\s")
_HIERARCHY: Final = re.compile(r"/(?:compilers?|mpi|cuda)(?:/|$)", re.IGNORECASE)
_OF_DETAILS: Final = re.compile(r"^ +(?:Description|Versions):$| need to load all module\(s\)")


@dataclass(frozen=True, slots=True)
class Module:
    """A module of a list."""

    full: str
    """As it is loaded: `bio/BWA/0.7.17`."""
    line: int
    default: bool = False
    aside: str = ""
    """Why nobody needs it in a seed; empty where somebody may."""

    @property
    def parts(self) -> tuple[str, str]:
        """Name and version; a version that is a word such as `stable` is none."""
        above, _, last = self.full.rpartition("/")
        name = above.rpartition("/")[2]
        if not above or spack_names().not_needed(last.lower()):
            return last, ""
        return name, last if any(char.isdigit() for char in last) else ""


@dataclass(slots=True)
class _Reader:
    """A list while it is read, line by line."""

    found: dict[str, Module] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    spider: bool = False
    """In what `module spider` prints."""
    versions: bool = False
    """Below `Versions:`, where a line is a module."""
    hierarchy: bool = False
    hidden_below: bool = False
    """Whether the list itself says that there is more than it shows."""

    def line(self, number: int, text: str, where: str) -> None:
        if self._heading(text):
            return
        if self.spider:
            self._of_spider(number, text, where)
        elif counted := _COUNTED.findall(text):
            for name, _ in counted:
                self._add(name.rpartition("/")[2], number)
        elif _is_prose(text):
            return
        elif _SENTENCE.fullmatch(text.strip()):
            self.notes.append(Note(where, f"not understood: {shown(text)}"))
        else:
            self._row(number, _NUMBERED.sub(" ", text).strip(), where)

    def _heading(self, text: str) -> bool:
        """Whether a line says what the next ones are."""
        folder = _FOLDER.match(text.strip())
        if folder:
            self.hierarchy |= _HIERARCHY.search(folder["folder"]) is not None
            return True
        self.hidden_below |= 'Use "module spider"' in text
        return bool(_RULE.search(text) or _LEGEND.match(text))

    def _of_spider(self, number: int, text: str, where: str) -> None:
        listed = _OF_SPIDER.match(text)
        if listed:
            self._versions_of(number, listed["versions"], where)
        elif text.strip() == "Versions:":
            self.versions = True
        elif not text.strip():
            self.versions = False
        elif self.versions:
            self._row(number, text.strip(), where)

    def _versions_of(self, number: int, versions: str, where: str) -> None:
        for part in versions.split(", "):
            if part.strip() == "...":
                hint = "module -t spider prints all of them"
                self.notes.append(Note(where, "more versions than the list shows", hint))
            else:
                self._row(number, part.strip(), where)

    def _row(self, number: int, text: str, where: str) -> None:
        """Modules beside one another, each with its marks."""
        if alias := _TARGET.match(text):
            self._add(alias["name"], number, aside=ALIAS)
            return
        if dated := _DATE.search(text):
            name, *symbols = text[: dated.start()].split() or [""]
            text = " ".join((name, *(f"({symbol})" for symbol in symbols)))
        last = ""
        marks: dict[str, list[str]] = {}
        text = _PAIR.sub(r"\1/\2", text)
        for word in re.findall(r"[(<][^()<>]*[)>]|[^\s()<>,;|]+", text):
            if (mark := _MARK.fullmatch(word)) and last:
                marks[last] += re.split("[,:]", mark["mark"])
            elif len(word) <= _LONGEST and _NAME.fullmatch(word):
                last = word
                marks.setdefault(word, [])
            else:
                self.notes.append(Note(where, f"{shown(word)!r} is not the name of a module"))
        for name, said in marks.items():
            self._add(
                name,
                number,
                default=bool({"D", "default"}.intersection(said)),
                aside=_aside(name, said),
            )

    def _add(self, name: str, number: int, *, default: bool = False, aside: str = "") -> None:
        known = self.found.get(name)
        if known is None or (default and not known.default):
            self.found[name] = Module(name, number, default, aside)


def _aside(name: str, marks: list[str]) -> str:
    if any(part.startswith(".") for part in name.split("/")) or "H" in marks:
        return HIDDEN
    if "F" in marks:
        return FORBIDDEN
    if "@" in marks:
        return ALIAS
    return EXTENSION if "E" in marks else ""


_PROSE: Final = re.compile(
    r"^(?:If the avail list|Use \"module|\"module |any of the|These extensions|No [Mm]odule"
    r"|Currently Loaded|Names marked|ERROR|To (?:learn|find)|must specify|where \"| +\$ module"
    r"|\(@\)=|\(symbolic|<[\w-]+>=|Lmod |Inactive Modules|\(none\)| ?-{2,}$|There are no modules)"
)


_SENTENCE: Final = re.compile(r"[^\s/]+(?: [^\s/]+){2,}")
"""Words with one blank between two: columns have more, or names with versions."""


def _is_prose(text: str) -> bool:
    return not text.strip() or bool(_PROSE.match(text))


def read(text: str, name: str) -> tuple[tuple[Module, ...], tuple[Note, ...]]:
    """The modules of a list, each once, and what could not be read.

    Args:
        text: What `module avail`, `spider`, `overview`, `list` or `ml` printed, with or without
            `-t`; `--json` of Environment Modules, `spider -o jsonSoftwarePage` of Lmod; or lines
            `name/version`.
        name: What the report calls it.
    """
    if text.lstrip()[:1] in {"{", "["}:
        return _read_json(text, name)
    lines = [re.sub("#.*", "", _COLOURS.sub("", line)).rstrip() for line in text.splitlines()]
    spider = any("list of the modules" in line or _OF_DETAILS.search(line) for line in lines)
    reader = _Reader(spider=spider)
    for number, line in enumerate(lines, 1):
        reader.line(number, line, f"{name}:{number}")
    if (reader.hierarchy or reader.hidden_below) and not spider:
        what = "there may be more: of a hierarchy the list shows what is open now"
        hint = "module -t spider prints what every compiler and MPI opens"
        reader.notes.append(Note(name, what, hint))
    return tuple(_without_folders(reader.found)), tuple(reader.notes)


def _without_folders(found: dict[str, Module]) -> Iterator[Module]:
    """`gcc/` is a module only where no `gcc/12.2.0` follows."""
    above = {name[: i + 1] for name in found for i, char in enumerate(name[:-1]) if char == "/"}
    for name, module in found.items():
        if not name.endswith("/"):
            yield module
        elif name not in above:
            yield Module(name.rstrip("/"), module.line, module.default, module.aside)


def _read_json(text: str, name: str) -> tuple[tuple[Module, ...], tuple[Note, ...]]:
    start = text.lstrip()
    try:
        document: Any = json.JSONDecoder().raw_decode(start)[0]
        modules = _of_lmod(document) if isinstance(document, list) else _of_tcl(document)
        return tuple(modules), ()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return (), (Note(name, shown(f"JSON that no command of modules prints: {error}")),)


def _of_tcl(folders: Any) -> Iterable[Module]:
    """`module avail --json` of Environment Modules."""
    for modules in folders.values():
        for full, about in modules.items():
            marks = [
                "F" if tag == "forbidden" else "H"
                for tag in about["tags"]
                if tag in {"forbidden", "hidden"}
            ]
            marks += ["@"] if about["type"] == "alias" else []
            yield Module(str(full), 0, "default" in about["symbols"], _aside(str(full), marks))


def _of_lmod(packages: Any) -> Iterable[Module]:
    """`spider -o jsonSoftwarePage` of Lmod."""
    for package in packages:
        for version in package["versions"]:
            full = str(version["full"])
            yield Module(full, 0, version.get("markedDefault") is True, _aside(full, []))
