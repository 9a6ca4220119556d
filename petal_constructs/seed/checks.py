"""What must be true between the parts of a seed, on whatever platform."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from petal_constructs.errors import Problem
from petal_constructs.seed.compute import Compute, Queue
from petal_constructs.seed.image_names import named_host
from petal_constructs.seed.instance_types import check_instance_types
from petal_constructs.seed.model import Seed
from petal_constructs.seed.mounts import check_buckets, check_mounts, check_repositories
from petal_constructs.seed.package_names import check_package_names
from petal_constructs.seed.registry_rules import check_registry
from petal_constructs.seed.subnets import check_network
from petal_constructs.seed.suggest import did_you_mean, one_of
from petal_constructs.seed.unique import unique
from petal_constructs.seed.versions import check_versions
from petal_constructs.seed.words import word

LEAST_USER_ID: Final = 1000
"""Ids below are the operating system's own on every supported image (`UID_MIN` of login.defs)."""


def check_seed(seed: Seed) -> Iterator[Problem]:
    """Every problem that does not depend on a platform, found as they are asked for."""
    yield from _sections(seed)
    for path, part in seed.placed_parts:
        yield from _compute(path, part)
    yield from unique(_queue_names(seed), "give each queue a name of its own")
    yield from unique(_pool_names(seed), "give each pool a name of its own")
    yield from _users(seed)
    yield from _containers(seed)
    yield from _container_refs(seed)
    yield from _licences_and_emails(seed)
    yield from _tenants(seed)
    yield from _packages(seed)
    yield from check_package_names(seed)
    yield from check_network(seed)
    yield from _shared_names(seed)
    yield from check_mounts(seed)
    yield from check_buckets(seed)
    yield from check_repositories(seed)
    yield from check_registry(seed)
    yield from check_instance_types(seed)
    yield from check_versions(seed)


def _queue_names(seed: Seed) -> list[tuple[str, str]]:
    return [
        (f"{path}.queues[{index}].name", queue.name)
        for path, part in seed.placed_parts
        for index, queue in enumerate(part.queues)
    ]


def _pool_names(seed: Seed) -> list[tuple[str, str]]:
    return [
        (f"{path}.login_nodes[{index}].name", pool.name)
        for path, part in seed.placed_parts
        for index, pool in enumerate(part.login_nodes)
    ]


def _sections(seed: Seed) -> Iterator[Problem]:
    two_sided = seed.cluster.two_sided
    if seed.platforms is None and seed.compute is None:
        key = "platforms" if two_sided else "compute"
        yield Problem("P102", key, "missing", f"add {key}: with at least one queue")
    if seed.platforms is not None and seed.compute is not None:
        yield Problem(
            "P210",
            "compute",
            "platforms gives the queues of each side already",
            "move these queues below platforms, or remove platforms",
        )
    if seed.platforms is not None and not two_sided:
        yield Problem(
            "P208",
            "cluster.platform",
            f"{seed.cluster.platform} has one side, but platforms describes two",
            "write platform: hybrid, or use compute instead of platforms",
        )
    if two_sided and seed.platforms is None and seed.compute is not None:
        yield Problem(
            "P208",
            "cluster.platform",
            "hybrid has two sides, but compute describes one",
            "write platforms: with parallelcluster: and pcs: below it",
        )


def _compute(path: str, part: Compute) -> Iterator[Problem]:
    for index, queue in enumerate(part.queues):
        yield from _queue(f"{path}.queues[{index}]", queue)
    defaults = [index for index, queue in enumerate(part.queues) if queue.default]
    for index in defaults[1:]:
        yield Problem(
            "P215",
            f"{path}.queues[{index}].default",
            f"{part.queues[defaults[0]].name} is the default queue already",
            "keep default: true at one queue",
        )


def _queue(path: str, queue: Queue) -> Iterator[Problem]:
    if queue.min_count > queue.max_count:
        yield Problem(
            "P103",
            path,
            f"min_count ({queue.min_count}) is above max_count ({queue.max_count})",
            "raise max_count or lower min_count",
        )
    if queue.max_time and not re.search("[1-9i]", queue.max_time):
        hint = "leave max_time out for no limit"
        yield Problem("P106", f"{path}.max_time", "no job could run in no time", hint)
    types = [(f"{path}.instance_types[{i}]", name) for i, name in enumerate(queue.instance_types)]
    yield from unique(types, "name each instance type once")


def _users(seed: Seed) -> Iterator[Problem]:
    users = list(enumerate(seed.users))
    names = [(f"users[{i}].name", user.name) for i, user in users]
    yield from unique(names, "give each user a name of their own")
    by_name = {user.name: (i, user) for i, user in reversed(users)}
    uids = [(f"users[{i}].uid", user.uid) for i, user in sorted(by_name.values(), key=_first)]
    yield from unique(uids, "give each user a uid of their own; they may share a gid")
    for index, user in users:
        for key, value in (("uid", user.uid), ("gid", user.gid)):
            if value < LEAST_USER_ID:
                yield Problem(
                    "P211",
                    f"users[{index}].{key}",
                    f"{value} is below {LEAST_USER_ID}, where the system keeps its own ids",
                    f"choose a {key} from {LEAST_USER_ID}, unless existing files need this one",
                    level="warning",
                )


def _first(numbered: tuple[int, object]) -> int:
    return numbered[0]


def _containers(seed: Seed) -> Iterator[Problem]:
    containers = list(enumerate(seed.software.containers))
    names = [(f"software.containers[{i}].name", container.name) for i, container in containers]
    yield from unique(names, "give each container a name of its own")
    for index, container in containers:
        if not container.image and not container.packages:
            yield Problem(
                "P213",
                f"software.containers[{index}]",
                f"{container.name} has neither an image nor packages to build one from",
                "add image: or packages:",
            )


def _packages(seed: Seed) -> Iterator[Problem]:
    """Two specs of the same package and version would share one module."""
    specs = enumerate(seed.software.spack_packages)
    modules = [(f"software.spack_packages[{i}]", _module(spec)) for i, spec in specs]
    yield from unique(modules, "list each package and version once")


def _licences_and_emails(seed: Seed) -> Iterator[Problem]:
    licences = enumerate(seed.software.licences)
    names = [(f"software.licences[{i}].name", licence.name) for i, licence in licences]
    yield from unique(names, "give each licence a name of its own")
    emails = [(f"alert_emails[{i}]", email.lower()) for i, email in enumerate(seed.alert_emails)]
    yield from unique(emails, "name each address once")


def _module(spec: str) -> str:
    """Such as `samtools/1.17`: what users load."""
    name_and_version = re.split("[%+~^ /]", spec, maxsplit=1)[0]
    return name_and_version.replace("@=", "@").replace("@", "/")


def _container_refs(seed: Seed) -> Iterator[Problem]:
    known = {container.name for container in seed.software.containers}
    for path, ref in _named_containers(seed):
        name = ref.split(":")[0].split("@")[0]
        if not named_host(ref) and name not in known:
            yield Problem(
                "P201",
                path,
                f"{word(ref)} is not listed under software.containers",
                did_you_mean(name, known) or "list it there, or name an image with its registry",
            )


def _named_containers(seed: Seed) -> list[tuple[str, str]]:
    return [
        (f"{path}.queues[{index}].containers[{position}]", ref)
        for path, part in seed.placed_parts
        for index, queue in enumerate(part.queues)
        for position, ref in enumerate(queue.containers)
    ]


def _tenants(seed: Seed) -> Iterator[Problem]:
    tenants = list(enumerate(seed.tenants))
    names = [(f"tenants[{i}].name", tenant.name) for i, tenant in tenants]
    yield from unique(names, "give each tenant a name of its own")
    users = {user.name for user in seed.users}
    queues = {queue.name for _, part in seed.placed_parts for queue in part.queues}
    for index, tenant in tenants:
        if seed.directory is None:  # which knows people whom the seed does not
            yield from _known(f"tenants[{index}].users", tenant.users, users, "P202", "users")
        yield from _known(f"tenants[{index}].queues", tenant.queues, queues, "P203", "queues")


def _known(
    path: str, names: tuple[str, ...], known: set[str], code: str, what: str
) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if name not in known:
            hint = did_you_mean(name, known) or one_of(sorted(known)) or f"list it under {what}"
            yield Problem(code, f"{path}[{index}]", f"{name} is not among the seed's {what}", hint)


def _shared_names(seed: Seed) -> Iterator[Problem]:
    names = [(f"data.shared[{i}].name", shared.name) for i, shared in enumerate(seed.data.shared)]
    yield from unique(names, "give each file system a name of its own")
