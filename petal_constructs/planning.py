"""The way from a seed to a plan, whatever the platform."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from petal_constructs import platforms
from petal_constructs.errors import Problem, SeedError
from petal_constructs.plan.lock_checks import check_lock
from petal_constructs.platforms import Plan
from petal_constructs.seed import checks, load
from petal_constructs.seed.lock import Lock, read_lock
from petal_constructs.seed.model import Seed
from petal_constructs.seed.source import Source
from petal_constructs.seed.spelling import platform_name


def check_seed(seed: Seed) -> list[Problem]:
    """Every problem of a seed: between its parts, and on the platform that it names."""
    return list(_problems(seed))


def _problems(seed: Seed) -> Iterator[Problem]:
    on_platform = platforms.check(seed)
    refused = {problem.path for problem in on_platform if problem.code == "P311"}
    for problem in checks.check_seed(seed):
        if problem.code != "P211" or problem.path not in refused:  # both say that the id is taken
            yield problem
    yield from on_platform


def inspect_seed(
    path: str | os.PathLike[str],
    *,
    environment: Mapping[str, str] | None = None,
    platform: str | None = None,
) -> load.Loaded:
    """Read and check a seed file, with the lock beside it; all problems are returned.

    Args:
        path: The YAML file: UTF-8, at most 1 MB, one document.
        environment: Where the region comes from if the seed names none. Default: the process's.
        platform: Build it there, whatever the seed says; `eks` is `pcs`. Default: as it says.

    Raises:
        UsageError: There is no such file, or no such platform; or the lock cannot be used.
    """
    chosen = platform_name(platform) if platform else None
    lock = read_lock(Path(path).parent)
    found = load.inspect_seed(
        path, check=_check_with(lock), environment=environment, platform=chosen
    )
    return replace(found, seed=found.seed.with_lock(lock)) if found.seed else found


def inspect_text(
    source: Source, folder: Path, *, environment: Mapping[str, str] | None = None, on: str | None
) -> load.Loaded:
    """Read and check the text of a seed as `inspect_seed` does a file of that folder.

    Args:
        source: The text.
        folder: Where its lock lies, if it has one.
        environment: Where the region comes from if the seed names none. Default: the process's.
        on: Platform to build it on, whatever the seed says. None: as it says.
    """
    check = _check_with(read_lock(folder))
    return load.inspect_source(source, check=check, environment=environment, platform=on)


def _check_with(lock: Lock) -> load.Check:
    def check(seed: Seed) -> Iterator[Problem]:
        locked = seed.with_lock(lock)
        problems = check_seed(locked)
        yield from problems
        if not any(problem.is_error for problem in problems):
            built_on = platforms.platform(seed.cluster.platform)
            yield from check_lock(locked, built_on.cluster_images(locked))

    return check


def load_seed(
    path: str | os.PathLike[str],
    *,
    environment: Mapping[str, str] | None = None,
    platform: str | None = None,
) -> Seed:
    """Read a seed file that can be built.

    Args:
        path: The YAML file: UTF-8, at most 1 MB, one document.
        environment: Where the region comes from if the seed names none. Default: the process's.
        platform: Build it there, whatever the seed says; `eks` is `pcs`. Default: as it says.

    Raises:
        SeedError: The seed has errors; it carries all of them with their places.
        UsageError: There is no such file, or no such platform.
    """
    return inspect_seed(path, environment=environment, platform=platform).unwrap()


def plan_seed(seed: Seed) -> Plan:
    """Decide what will exist.

    Raises:
        SeedError: The seed has errors; a seed made in Python has no places for them.
    """
    problems = check_seed(seed)
    if any(problem.is_error for problem in problems):
        raise SeedError(tuple(problems))
    return plan_checked(seed)


def plan_checked(seed: Seed) -> Plan:
    """Decide what will exist for a seed whose errors were looked for already."""
    return platforms.platform(seed.cluster.platform).make_plan(seed)
