"""A seed file -> `Seed`, or every problem that it has."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path as FilePath
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from petal_constructs.errors import Place, Problem, SeedError, in_order
from petal_constructs.seed import source as sources
from petal_constructs.seed import tree
from petal_constructs.seed.checks import check_seed
from petal_constructs.seed.model import Seed
from petal_constructs.seed.repair import repair
from petal_constructs.seed.shape import (
    KEY,
    UNKNOWN_KEY,
    Found,
    meant,
    path_of,
    shape_details,
    shape_problem,
)
from petal_constructs.seed.source import Mark, Source
from petal_constructs.seed.spelling import Path, choose_platform, dotted, modernise
from petal_constructs.seed.tree import Entry, Node

REGION_VARIABLES: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")
MOST_ERRORS: Final = 100
ABOUT_KEYS: Final = (UNKNOWN_KEY, "P312")
"""Problems that stand at the key rather than at its value."""

Check = Callable[[Seed], Iterable[Problem]]


@dataclass(frozen=True)
class Loaded:
    """What could be read: the seed if it has its shape, and its problems in the file's order."""

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
    platform: str | None = None,
) -> Loaded:
    """Read a seed file; its problems, warnings too, are returned.

    Args:
        path: The YAML file: UTF-8, at most 1 MB, one document.
        check: What to ask of a seed beyond its shape. Default: the rules of the language alone.
        environment: Where the region comes from if the seed names none. Default: the process's.
        platform: Read the seed as if `cluster.platform` said so. Default: as it is written.

    Raises:
        UsageError: There is no such file.
    """
    text = sources.read(FilePath(path))
    if isinstance(text, Problem):
        return Loaded(None, (text,))
    return inspect_source(text, check=check, environment=environment, platform=platform)


def inspect_source(
    source: Source,
    *,
    check: Check = check_seed,
    environment: Mapping[str, str] | None = None,
    platform: str | None = None,
) -> Loaded:
    """Read the text of a seed as `inspect_seed` reads a file."""
    try:
        read = tree.parse(source)
    except tree.Broken as broken:
        return Loaded(None, (broken.problem,))
    root = read.root
    if not isinstance(root.value, dict):
        return Loaded(None, (_not_a_mapping(source, root),))
    moved, older = modernise(root, source)
    if platform:
        choose_platform(root, platform)
    where = _Where(source, root, moved)
    data = tree.plain(root)
    variable = _fill_in_region(data, os.environ if environment is None else environment)
    seed, found = _validate(data, check)
    placed = (_from_environment(where.show(path, p), variable) for path, p in found)
    return Loaded(seed, in_order(_at_most(MOST_ERRORS, chain(read.problems, older, placed))))


def _at_most(most: int, problems: Iterable[Problem]) -> Iterator[Problem]:
    """All problems, or those up to the last error that is wanted: a broken file ends in time."""
    errors = 0
    for problem in problems:
        errors += problem.is_error
        if errors > most:
            message = f"there are more than {most} errors; these are the first that were found"
            yield Problem("P012", "", message, "mend these, then look again")
            return
        yield problem


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


def _fill_in_region(data: dict[str, Any], environment: Mapping[str, str]) -> str | None:
    """Take a region that the seed leaves out from the environment; the variable that had it."""
    cluster = data.get("cluster")
    if not isinstance(cluster, dict) or "region" in cluster:
        return None
    variable = next((name for name in REGION_VARIABLES if environment.get(name)), None)
    if variable:
        cluster["region"] = environment[variable]
    return variable


def _from_environment(problem: Problem, variable: str | None) -> Problem:
    if variable is None or problem.path != "cluster.region":
        return problem
    hint = f"the environment variable {variable} says so; add region: to the seed or change it"
    return replace(problem, hint=hint)


def _validate(data: Any, check: Check) -> tuple[Seed | None, Iterable[Found]]:
    """The seed and its problems; where parts lack their shape, the rest is checked all the same."""
    try:
        seed = Seed.model_validate(data)
    except ValidationError as error:
        details = shape_details(error)
        return None, chain(map(shape_problem, details), _rest(data, details, check))
    return seed, _checked(seed, check)


def _rest(data: Any, details: Sequence[ErrorDetails], check: Check) -> Iterator[Found]:
    """What the checks find in a seed whose misshapen parts are replaced."""
    if len(details) > MOST_ERRORS:
        return
    misspelt = (path for path in map(meant, details) if path and not _holds(data, path))
    strange = [path_of(detail) for detail in details if detail["type"] == "extra_forbidden"]
    bad = [path_of(detail) for detail in details if detail["type"] != "extra_forbidden"]
    rest = repair(data, [*bad, *misspelt], strange)
    if rest is not None:
        yield from (found for found in _checked(rest.seed, check) if rest.is_the_users(*found))


def _holds(data: Any, path: Path) -> bool:
    for part in path:
        known = data if isinstance(data, dict) else range(len(data) if type(data) is tuple else 0)
        if part not in known:
            return False
        data = data[part]
    return True


def _checked(seed: Seed, check: Check) -> Iterator[Found]:
    return ((_parsed(problem.path), problem) for problem in check(seed))


def _parsed(dotted_path: str) -> Path:
    """`compute.queues[0].name` -> its parts. Only the keys of tags may hold dots."""
    above, tags, tag = dotted_path.partition(".tags.")
    parts = above.replace("[", ".[").split(".")
    path = tuple(int(p[1:-1]) if p.startswith("[") else p for p in parts if p)
    return (*path, "tags", tag) if tags else path


@dataclass(frozen=True)
class _Where:
    source: Source
    root: Node
    moved: dict[Path, Path]

    def show(self, path: Path, problem: Problem) -> Problem:
        """The problem with its place, under the path that the user wrote."""
        about_key = problem.code in ABOUT_KEYS or path[-1:] == (KEY,)
        path = path[:-1] if path[-1:] == (KEY,) else path
        place = self.place(path, key=about_key)
        message = problem.message
        for new, old in self.moved.items():
            message = message.replace(dotted(new), dotted(old))
        return replace(problem, path=dotted(self.as_written(path)), message=message, place=place)

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
