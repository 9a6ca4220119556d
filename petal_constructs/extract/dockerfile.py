"""Dockerfiles: their instructions, stages and variables, and what their RUN lines install.

Grammar: Docker's "Dockerfile reference", 2026-11-22.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from posixpath import basename, dirname, join, normpath
from typing import Final

from petal_constructs.extract import commands, conda, python, r, shell, spack_files
from petal_constructs.extract.found import Found, Note, Read, Tree

_HEREDOC: Final = re.compile(r"<<-?(['\"]?)([A-Za-z_][\w.]*)\1")
_PETAL: Final = "finish/tree/image.conf"
"""What only build contexts of petal's have."""
_SYSTEM: Final = ("deb", "rpm", "apk")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction with what stands in its here-documents."""

    line: int
    word: str
    """In upper case."""
    rest: str
    documents: tuple[str, ...] = ()


@dataclass(slots=True)
class _Stage:
    base: str
    name: str
    used: tuple[str, ...] = ()
    """Stages that it copies from."""
    found: list[Found | Note] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    """ARG and ENV."""


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions of a Dockerfile, lines joined."""
    escape = "`" if re.search(r"(?im)^\s*#\s*escape\s*=\s*`", text[:500]) else "\\"
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        joined = line
        while joined.rstrip().endswith(escape):
            _, more = next(lines, (0, ""))
            if more.lstrip().startswith("#"):
                more = escape
            joined = f"{joined.rstrip()[:-1]} {more}"
        word, _, rest = joined.strip().partition(" ")
        ends = _HEREDOC.findall(rest) if word.upper() in ("RUN", "COPY", "ADD") else []
        documents = tuple(_document(lines, end) for _, end in ends)
        yield Instruction(number, word.upper(), rest.strip(), documents)


def _document(lines: Iterator[tuple[int, str]], end: str) -> str:
    kept = []
    for _, line in lines:
        if line.strip() == end:
            break
        kept.append(line)
    return "\n".join(kept)


def read(tree: Tree, path: str) -> Read:
    """What the image of a Dockerfile will hold, as far as its text says so."""
    if join(dirname(path), _PETAL) in tree.files:
        return  # the tables of petal's own contexts say it
    stages = _stages(tree, path)
    if not stages:
        yield Note(tree.place(path), "a Dockerfile without FROM")
        return
    kept, copied = _reached(stages)
    for index, stage in enumerate(stages):
        for found in stage.found:
            yield _of_stage(found, index in kept, index in copied)


def _stages(tree: Tree, path: str) -> list[_Stage]:
    stages: list[_Stage] = []
    given: dict[str, str] = {}
    for instruction in instructions(tree.text(path)):
        where = tree.place(path, instruction.line)
        if instruction.word == "FROM":
            stages.append(_stage(shell.fill_in(instruction.rest, given), stages, where))
        elif instruction.word in ("ARG", "ENV"):
            into = stages[-1].values if stages else given
            into.update(_variables(instruction, into, given))
        elif stages and instruction.word in ("COPY", "ADD"):
            _copy(stages[-1], instruction, where)
        elif stages and instruction.word == "RUN":
            stages[-1].found += _run(tree, path, instruction, stages[-1].values)
        elif stages and instruction.word == "ONBUILD":
            text = "ONBUILD: what it installs is in images that are made from this one"
            stages[-1].found.append(Note(where, text))
    return stages


def _stage(rest: str, earlier: Sequence[_Stage], where: str) -> _Stage:
    words = [word for word in rest.split() if not word.startswith("--")] or [""]
    name = words[2] if len(words) > 2 and words[1].lower() == "as" else ""  # noqa: PLR2004
    stage = _Stage(words[0], name.lower())
    parent = next((s for s in earlier if s.name and s.name == words[0].lower()), None)
    if parent:
        stage.values |= parent.values
    elif words[0].lower() != "scratch":
        stage.found += base_image(words[0], where)
    return stage


def base_image(reference: str, where: str) -> Iterator[Found]:
    """The image that another starts from."""
    image, _, _digest = reference.partition("@")
    repository, colon, tag = image.rpartition(":")
    known = (repository, tag) if colon and "/" not in tag else (image, "")
    yield Found("image", *known, where)


def _variables(
    instruction: Instruction, known: Mapping[str, str], given: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    try:
        words = shell.words(instruction.rest)
    except ValueError:
        words = instruction.rest.split()
    if instruction.word == "ENV" and words and "=" not in words[0]:
        words = [f"{words[0]}={' '.join(words[1:])}"]
    for word in words:
        name, sign, value = word.partition("=")
        if sign:
            yield name, shell.fill_in(value, known)
        elif name in given:
            yield name, given[name]


def _copy(stage: _Stage, instruction: Instruction, where: str) -> None:
    source = re.search(r"--from=(\S+)", instruction.rest)
    if source:
        stage.used = (*stage.used, source[1].lower())
    for document in instruction.documents:
        stage.found += _written(basename(instruction.rest.split()[-1]), document, where)
    if instruction.word == "ADD" and re.search(r"\b(https?|git)[:@]", instruction.rest):
        stage.found.append(Found("other", f"ADD {instruction.rest}", where=where))


def _written(name: str, text: str, where: str) -> Iterator[Found | Note]:
    """A file that is written on the spot."""
    tree = Tree(where, {name: text.encode})
    reader = next((reads for known, reads in FILES if known.fullmatch(name)), None)
    for found in reader(tree, name) if reader else ():
        yield replace(found, where=where)


FILES: Final = (
    (re.compile(r"spack\.ya?ml"), spack_files.environment),
    (re.compile(r"requirements.*\.txt"), python.requirements),
    (re.compile(r"environment.*\.ya?ml"), conda.environment),
    (re.compile(r"renv\.lock"), r.renv),
    (re.compile(r".*\.[rR]"), r.script),
)


def _run(
    tree: Tree, path: str, instruction: Instruction, values: Mapping[str, str]
) -> Iterator[Found | Note]:
    where = tree.place(path, instruction.line)
    rest = re.sub(r"^(--\S+\s+)+", "", instruction.rest)
    if rest.startswith("["):
        rest = _exec_form(rest)
    head = _HEREDOC.sub("", rest).strip()
    for text in instruction.documents:
        yield from _document_of(tree, path, (head, text), values, where)
    if not instruction.documents or not re.fullmatch(r"(\S*/)?(R|Rscript|sh|bash)\b.*", head):
        yield from script(tree, path, head, values, where)


def _document_of(
    tree: Tree, path: str, given: tuple[str, str], values: Mapping[str, str], where: str
) -> Iterator[Found | Note]:
    """A here-document: a file that `cat` writes, code for R, or shell text."""
    head, text = given
    first = re.match(r"#!\s*(?:\S*/env\s+)?(\S+)", text)
    program = basename((head.split() or [first[1] if first else "sh"])[0])
    if target := re.search(r"\b(?:cat|tee)\b[^>]*>?\s*([^\s>]+)", head):
        yield from _written(basename(target[1]), text, where)
    elif program in ("R", "Rscript"):
        yield from r.code(text, where)
    elif program in (*_SHELLS, "set", "export"):
        yield from script(tree, path, text, values, where)
    else:
        yield Note(where, f"what {program} reads here is not looked into", "look at it yourself")


def _exec_form(rest: str) -> str:
    try:
        words = json.loads(rest)
    except ValueError:
        return rest
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return rest
    return " ".join(map(shell.quote, words))


def script(
    tree: Tree, path: str, text: str, values: Mapping[str, str], where: str, *, deeper: bool = True
) -> Iterator[Found | Note]:
    """What a piece of shell installs, with the scripts of the tree that it starts if `deeper`."""
    echoed: list[str] = []
    try:
        for command in shell.commands(text, values):
            if command.program in ("echo", "printf"):
                echoed.append(" ".join(command.words[1:]))
                if command.target:
                    yield from _written(basename(command.target), "\n".join(echoed), where)
                    echoed = []
            elif inner := _inner(command):
                yield from script(tree, path, inner, values, where, deeper=deeper)
            elif file := _script_file(command):
                if deeper:
                    yield from _needed(tree, path, commands.Needed(file, "shell"), where)
                else:
                    yield Note(where, f"{file}: what this script starts is not looked into")
            else:
                yield from _installed(tree, path, command, where)
    except ValueError as error:
        yield Note(where, f"this shell text cannot be taken apart: {error}", "look at it yourself")


def _installed(tree: Tree, path: str, command: shell.Command, where: str) -> Iterator[Found | Note]:
    for found in commands.installed(command, where):
        if isinstance(found, commands.Needed):
            yield from _needed(tree, path, found, where)
        else:
            yield found


_SHELLS: Final = ("sh", "bash", "dash", "zsh")


def _inner(command: shell.Command) -> str:
    """The text of `bash -c TEXT`; empty for other commands."""
    words = command.words if command.program in _SHELLS else ()
    inner = (words[i + 1] for i, word in enumerate(words[:-1]) if re.fullmatch("-[a-z]*c", word))
    return next(inner, "")


def _script_file(command: shell.Command) -> str:
    """The script of `bash FILE` or `./FILE.sh`; empty for other commands."""
    if command.program in _SHELLS:
        return next((word for word in command.words[1:] if not word.startswith(("-", "+"))), "")
    return command.words[0] if command.program.endswith(".sh") else ""


def _needed(tree: Tree, path: str, needed: commands.Needed, where: str) -> Iterator[Found | Note]:
    """The file that a command reads: beside the Dockerfile, wherever COPY put it."""
    name = basename(needed.path)
    folder = dirname(path)
    beside = [normpath(join(folder, needed.path.lstrip("/"))), join(folder, name)]
    below = [p for p in tree.files if p.startswith(folder) and p.endswith(f"/{name}")]
    for candidate in (*beside, *(below if len(below) == 1 else ())):
        if candidate in tree.files:
            yield from _READERS[needed.reader](tree, candidate)
            return
    hint = "give petal the folder that the image is built from"
    yield Note(where, f"{needed.path}: this file is not in what was given", hint)


def shell_file(tree: Tree, path: str) -> Iterator[Found | Note]:
    """A script that is copied into the image and run; not what it starts itself."""
    yield from script(tree, path, tree.text(path), {}, tree.place(path), deeper=False)


_READERS: Final[Mapping[str, Callable[[Tree, str], Read]]] = {
    "requirements": python.requirements,
    "environment": conda.environment,
    "script": r.script,
    "renv": r.renv,
    "spack": spack_files.environment,
    "shell": shell_file,
}


def _reached(stages: Sequence[_Stage]) -> tuple[set[int], set[int]]:
    """Stages that the last one is made from, and those that it copies from."""
    index = {stage.name: i for i, stage in enumerate(stages) if stage.name}
    index |= {str(i): i for i in range(len(stages))}
    kept: set[int] = set()
    copied: set[int] = set()
    todo = [(len(stages) - 1, kept)]
    while todo:
        at, into = todo.pop()
        if at in into:
            continue
        into.add(at)
        base = index.get(stages[at].base.lower())
        if base is not None and base < at:
            todo.append((base, into))
        todo += [(index[name], copied) for name in stages[at].used if name in index]
    return kept, copied


def _of_stage(found: Found | Note, kept: bool, copied: bool) -> Found | Note:  # noqa: FBT001
    if isinstance(found, Note) or kept:
        return found
    if not copied:
        return replace(found, not_needed="of a stage that the image is not made from")
    if found.kind in (*_SYSTEM, "image"):
        return replace(found, not_needed="only used to build: the last stage copies from this one")
    return found
