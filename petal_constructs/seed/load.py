"""A seed file -> `Seed`, or every problem that it has."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from petal_constructs.errors import Place, Problem, SeedError, in_order
from petal_constructs.seed import source as sources
from petal_constructs.seed import tree
from petal_constructs.seed.checks import check_seed
from petal_constructs.seed.model import Seed
from petal_constructs.seed.repair import repair
from petal_constructs.seed.shape import UNKNOWN_KEY, shape_problems
from petal_constructs.seed.source import Source
from petal_constructs.seed.spelling import Path, dotted, modernise
from petal_constructs.seed.tree import Entry, Mark, Node

REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")

Check = Callable[[Seed], Iterable[Problem]]


@dataclass(frozen=True)
class Loaded:
    """What could be read: the seed if it has its shape, and every problem, in the order of the file."""

    seed: Seed | None
    problems: tuple[Problem, ...] = field(default_factory=tuple)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the seed from being used."""
        return tuple(problem for problem in self.problems if problem.is_error)

    def unwrap(self) -> Seed:
        """The seed.

        Raises:
            SeedError: There is an error.
        """
        if self.seed is None or self.errors:
            raise SeedError(self.problems)
        return self.seed


def inspect_seed(
    path: str | os.PathLike[str],
    *,
    check: Check = check_seed,
    environment: Mapping[str, str] | None = None,
) -> Loaded:
    """Read a seed file; its problems, warnings too, are returned.

    Args:
        path: The YAML file: UTF-8, at most 1 MB, one document.
        check: What to ask of a seed beyond its shape. Default: the rules of the language alone.
        environment: Where the region comes from if the seed names none. Default: the process's.

    Raises:
        UsageError: There is no such file.
    """
    text = sources.read(FilePath(path))
    if isinstance(text, Problem):
        return Loaded(None, (text,))
    return inspect_source(text, check=check, environment=environment)


def inspect_source(
    source: Source, *, check: Check = check_seed, environment: Mapping[str, str] | None = None
) -> Loaded:
    """Read the text of a seed as `inspect_seed` reads a file."""
    try:
        read = tree.parse(source)
    except tree.Broken as broken:
        return Loaded(None, (broken.problem,))
    root = read.root
    if not isinstance(root.value, dict):
        return Loaded(None, (_not_a_mapping(source, root),))
    moved, problems = modernise(root, source)
    where = _Where(source, root, moved)
    data = tree.plain(root)
    _fill_in_region(data, os.environ if environment is None else environment)
    seed, found = _validate(data, check)
    problems += read.problems
    problems += [where.show(path, problem) for path, problem in found]
    return Loaded(seed, in_order(problems))


def _not_a_mapping(source: Source, root: Node) -> Problem:
    if root.value is None:
        return source.empty()
    kind = "a list" if isinstance(root.value, list) else "a single value"
    return Problem(
        "P006",
        "",
        f"the file holds {kind}, not keys and values",
        "a seed starts with cluster: and compute:",
        place=source.place(root.mark),
    )


def _fill_in_region(data: dict[str, Any], environment: Mapping[str, str]) -> None:
    cluster = data.get("cluster")
    if isinstance(cluster, dict) and "region" not in cluster:
        found = next(
            (environment[name] for name in REGION_VARIABLES if environment.get(name)), None
        )
        if found:
            cluster["region"] = found


def _validate(data: Any, check: Check) -> tuple[Seed | None, list[tuple[Path, Problem]]]:
    """The seed and its problems; where parts lack their shape, the rest is checked all the same."""
    try:
        seed = Seed.model_validate(data)
    except ValidationError as error:
        found = shape_problems(error)
        rest = repair(data, [path for path, _ in found])
        if rest is not None:
            found += [f for f in _checked(rest.seed, check) if rest.is_the_users(f[0])]
        return None, found
    return seed, _checked(seed, check)


def _checked(seed: Seed, check: Check) -> list[tuple[Path, Problem]]:
    return [(_parsed(problem.path), problem) for problem in check(seed)]


def _parsed(dotted_path: str) -> Path:
    """`compute.queues[0].name` -> its parts. Only tag keys hold dots, and those are never checked later."""
    parts = dotted_path.replace("[", ".[").split(".")
    return tuple(int(p[1:-1]) if p.startswith("[") else p for p in parts if p)


@dataclass(frozen=True)
class _Where:
    source: Source
    root: Node
    moved: dict[Path, Path]

    def show(self, path: Path, problem: Problem) -> Problem:
        """The problem with its place, under the path that the user wrote."""
        place = self.place(path, key=problem.code == UNKNOWN_KEY)
        return replace(problem, path=dotted(self.as_written(path)), place=place)

    def as_written(self, path: Path) -> Path:
        for new, old in self.moved.items():
            if path[: len(new)] == new:
                return old + path[len(new) :]
        return path

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Place of the path, or of the nearest thing around it that is there.

        A list or mapping stands where its key stands, a scalar where it is itself unless `key`.
        """
        mark, node = Mark(0, 0), self.root
        for part in path:
            value = node.value
            if isinstance(value, dict) and part in value:
                entry: Entry = value[part]
                node = entry.node
                mark = entry.mark if key or isinstance(node.value, dict | list) else node.mark
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                node = value[part]
                mark = node.mark
            elif node is self.root:
                return Place(self.source.file, 1, 1)
            else:
                break
        return self.source.place(mark)
