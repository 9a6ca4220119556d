"""Spack's own files: environments, lock files, databases, and the table in images of petal's.

Formats: Spack's documentation, "Environments", and spack/database.py, v1.2, 2026-11-22.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from posixpath import dirname, join
from typing import Any, Final

import yaml

from petal_constructs.extract.found import Found, Note, Read, Tree, shown

MOST_SPECS: Final = 10_000
"""Of one file: a matrix multiplies."""
_DEEPEST: Final = 50
_TABLE: Final = "packages.tsv"


def environment(tree: Tree, path: str) -> Read:
    """`spack.yaml`: the specs that somebody asked for."""
    if not _of_a_layer(tree, path):
        yield from environment_text(tree.text(path), tree.place(path))


def _of_a_layer(tree: Tree, path: str) -> bool:
    """Whether it is of a context of petal's, where packages.tsv says what was asked for."""
    return join(dirname(path), _TABLE) in tree.files


def environment_text(text: str, where: str) -> Read:
    """The specs of an environment, wherever its text stands."""
    try:
        document = load_yaml(text)
    except ValueError as error:
        yield Note(where, str(error))
        return
    root = _mapping(document)
    spack = _mapping(root.get("spack", root.get("env")))
    if not isinstance(spack.get("specs"), list):
        yield Note(where, "an environment of Spack's without a list of specs")
        return
    expanded = _Expansion(_definitions(spack.get("definitions")))
    for spec in islice(expanded.specs(spack["specs"]), MOST_SPECS):
        yield Found("spack", spec, where=where)
    for missed in dict.fromkeys(expanded.missed):
        yield Note(where, missed)
    if any("when" in _mapping(entry) for entry in _list(spack.get("definitions"))):
        yield Note(where, "definitions with when: are taken without asking for their condition")
    if expanded.steps > MOST_SPECS:
        yield Note(where, f"has more than {MOST_SPECS:,} specs: only the first are read")


def load_yaml(text: str) -> Any:
    """The document.

    Raises:
        ValueError: It is not YAML, or has aliases, of which a small file makes a huge one.
    """
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise ValueError("has YAML aliases, which are not followed")
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        first = str(error).partition("\n")[0]
        raise ValueError(f"this is not YAML: {first}") from None


def _definitions(listed: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for entry in _list(listed):
        for name, values in _mapping(entry).items():
            if name != "when" and isinstance(values, list):
                found.setdefault(str(name), []).extend(values)
    return found


@dataclass(slots=True)
class _Expansion:
    """Specs of a list that may name definitions, groups and matrices."""

    names: Mapping[str, list[Any]]
    steps: int = 0
    """How many entries were looked at: definitions may name one another without end."""
    depth: int = 0
    """How many definitions are being followed."""
    missed: list[str] = field(default_factory=list)
    """What was not understood, or not followed."""

    def specs(self, listed: Any) -> Iterator[str]:
        for entry in _list(listed):
            self.steps += 1
            if self.steps > MOST_SPECS:
                return
            if isinstance(entry, dict) and not {"specs", "matrix"}.isdisjoint(entry):
                yield from self.specs(entry.get("specs"))
                yield from self._matrix(entry.get("matrix"))
                if "exclude" in entry:
                    self.missed.append("exclude: of a matrix: what it leaves out is listed too")
            elif isinstance(entry, str) and entry.startswith("$"):
                yield from self._named(entry)
            elif isinstance(entry, str):
                yield entry
            else:
                self.missed.append(shown(f"{entry!r} is no spec"))

    def _named(self, entry: str) -> Iterator[str]:
        """`$mpis`; `$^mpis` and `$%compilers` put the sign before each spec."""
        name = entry.lstrip("$^%")
        sign = entry[1 : len(entry) - len(name)]
        if name not in self.names:
            self.missed.append(shown(f"{entry} names no definition"))
        elif self.depth == _DEEPEST:
            self.missed.append("definitions name one another in a circle, or too deep")
        else:
            self.depth += 1
            yield from (f"{sign}{spec}" for spec in self.specs(self.names[name]))
            self.depth -= 1

    def _matrix(self, rows: Any) -> Iterator[str]:
        columns = [tuple(self.specs(row)) for row in rows] if isinstance(rows, list) else []
        for parts in product(*columns) if columns else ():
            self.steps += 1
            if self.steps > MOST_SPECS:
                return
            yield " ".join(parts)


def lock(tree: Tree, path: str) -> Read:
    """`spack.lock`: its roots."""
    if _of_a_layer(tree, path):
        return
    document = _json(tree, path)
    roots = document.get("roots")
    if not isinstance(roots, list):
        yield Note(tree.place(path), "a lock file of Spack's without roots")
        return
    for root in roots[:MOST_SPECS]:
        spec = _mapping(root).get("spec")
        if isinstance(spec, str):
            yield Found("spack", spec, where=tree.place(path))


def database(tree: Tree, path: str) -> Read:
    """`.spack-db/index.json`: what is installed; what nobody asked for comes with the rest."""
    installs = _mapping(_mapping(_json(tree, path).get("database")).get("installs"))
    where = tree.place(path)
    if not installs:
        yield Note(where, "a database of Spack's without installed packages")
    for record in map(_mapping, installs.values()):
        spec = _mapping(record.get("spec"))
        name, version = str(spec.get("name", "")), str(spec.get("version", ""))
        external = bool(spec.get("external"))
        if name and record.get("installed", True):
            reason = "" if record.get("explicit") else "a dependency, as Spack's database says"
            reason = "the base system's, as Spack's database says" if external else reason
            yield Found("spack-installed", name, version, where, reason)


def prefix(tree: Tree, path: str) -> Read:
    """`.spack/spec.json` in the folder of one package: its first node."""
    nodes = _mapping(_json(tree, path).get("spec")).get("nodes")
    first = _mapping(nodes[0]) if isinstance(nodes, list) and nodes else {}
    if not first.get("name"):
        yield Note(tree.place(path), "a description of a Spack package that names none")
        return
    version = str(first.get("version", ""))
    yield Found("spack-installed", str(first["name"]), version, tree.place(path))


def image_table(tree: Tree, path: str) -> Read:
    """`packages.tsv` of an image that petal built: module, version asked for, version, spec."""
    yield from _table(tree, path, 3)


def layer_table(tree: Tree, path: str) -> Read:
    """`packages.tsv` of a build context of petal's: module, version, spec, and a fourth maybe."""
    yield from _table(tree, path, 2)


def _table(tree: Tree, path: str, column: int) -> Read:
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        fields = line.split("\t")
        if column < len(fields):
            yield Found("spack", fields[column], where=tree.place(path, number))
        else:
            yield Note(tree.place(path, number), "a line with too few fields")


def _json(tree: Tree, path: str) -> Mapping[str, Any]:
    """The file's object; ValueError where it is none."""
    return _mapping(json.loads(tree.text(path)))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
