"""What AWS ParallelCluster would refuse, found before AWS is asked.

Limits are those of aws-parallelcluster 3.16.1 (catalog/parallelcluster.toml names each source).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from petal_constructs.catalog import accounts, parallelcluster
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.errors import Problem
from petal_constructs.plan.sizes import known_types
from petal_constructs.platforms.parallelcluster import queue_checks
from petal_constructs.platforms.parallelcluster.values import PLATFORM, STACK_PREFIX
from petal_constructs.seed.compute import Compute
from petal_constructs.seed.model import Seed
from petal_constructs.seed.mounts import inside, mount_points
from petal_constructs.seed.suggest import did_you_mean, one_of

NETWORK = "network: {ssh_from: [192.0.2.0/24]}"


def check(seed: Seed) -> list[Problem]:
    """Every problem of a seed that is to run on ParallelCluster."""
    part = seed.parts.get(PLATFORM)
    if part is None:
        return []
    path = seed.compute_path(PLATFORM)
    return [
        *_name(seed),
        *_region_and_os(seed),
        *_head_node(path, part),
        *queue_checks.check(path, part),
        *_head_node_memory(path, part),
        *_mounts(seed),
        *_users(seed),
        *_tags(seed),
        *_ssh(seed),
        *_logins(seed),
        *_not_built_yet(seed),
    ]


def _name(seed: Seed) -> Iterator[Problem]:
    """ParallelCluster names a stack after the cluster, petal another one `petal-<cluster>`."""
    name = seed.cluster.name
    if name.startswith(STACK_PREFIX):
        message = f"{name} starts with {STACK_PREFIX}, as petal's own stacks do"
        hint = f"write {name.removeprefix(STACK_PREFIX) or 'another name'}"
        yield Problem("P309", "cluster.name", message, hint)


def _region_and_os(seed: Seed) -> Iterator[Problem]:
    facts = parallelcluster.FACTS
    region, os_name = seed.cluster.region, seed.cluster.os
    if region not in facts.regions:
        yield Problem(
            "P301",
            "cluster.region",
            f"ParallelCluster {facts.version} does not run in {region}",
            did_you_mean(region, facts.regions) or one_of(facts.regions),
        )
    if os_name is None:
        return
    known = facts.operating_systems
    public = [name for name, system in known.items() if system.public_ami]
    if os_name not in known:
        message = f"ParallelCluster {facts.version} has no image for {os_name}"
        hint = did_you_mean(os_name, public) or one_of(public)
        yield Problem("P302", "cluster.os", message, hint)
    elif os_name not in public:
        message = f"AWS publishes no ParallelCluster image for {os_name}"
        yield Problem("P302", "cluster.os", message, one_of(public))


def _head_node(path: str, part: Compute) -> Iterator[Problem]:
    if part.head_node is None:
        yield Problem(
            "P303",
            f"{path}.head_node",
            "missing, but ParallelCluster needs a head node",
            f"add head_node: {DEFAULTS.head_node.value}",
        )


def _head_node_memory(path: str, part: Compute) -> Iterator[Problem]:
    """The head node's memory must grow with the nodes that it manages."""
    nodes = sum(queue.max_count for queue in part.queues)
    needed = parallelcluster.FACTS.head_node_memory.needed_gib(nodes)
    for kind in known_types([part.head_node] if part.head_node else []):
        has = kind.memory_mib / 1024
        if has < needed:
            yield Problem(
                "P305",
                f"{path}.head_node",
                f"{kind.name} has {has:g} GiB, but {nodes} nodes need {needed:.1f} GiB there",
                "choose a larger head node, or lower max_count",
            )


def _mounts(seed: Seed) -> Iterator[Problem]:
    ours = DEFAULTS.software_mount_dir.value
    people = {*accounts.reserved().names, *(user.name for user in seed.users)}
    homes = {f"/home/{name}" for name in people}
    for path, folder in mount_points(seed):
        if folder in parallelcluster.FACTS.reserved_mount_dirs or folder == "/home":
            reason = f"{folder} belongs to the operating system"
        elif _is_system_folder(folder):
            reason = f"{folder} lies among the operating system's files"
        elif folder == ours or inside(folder, ours):
            reason = f"{ours} is where petal keeps the software"
        elif folder in homes:
            reason = f"{folder} is a user's home"
        else:
            continue
        yield Problem("P310", path, reason, "choose another folder, such as /shared/data")


def _is_system_folder(folder: str) -> bool:
    system = "|".join(parallelcluster.FACTS.system_folders)
    return re.fullmatch(f"({system})(/.*)?", folder) is not None


def _users(seed: Seed) -> Iterator[Problem]:
    taken = accounts.reserved()
    for index, user in enumerate(seed.users):
        if user.name in taken.names:
            yield Problem(
                "P311",
                f"users[{index}].name",
                f"{user.name} exists on every node already",
                "choose another name; that account is there without being listed",
            )
        for key, value in (("uid", user.uid), ("gid", user.gid)):
            owner = taken.ids.get(value)
            if owner:
                hint = f"choose another {key}, for example {value + 4000}"
                yield Problem(
                    "P311", f"users[{index}].{key}", f"{value} is the id of {owner}", hint
                )


def _tags(seed: Seed) -> Iterator[Problem]:
    limits = parallelcluster.FACTS.limits
    tags = seed.cluster.tags
    if len(tags) > limits.tags:
        message = f"{len(tags)} tags are more than {limits.tags}"
        yield Problem("P312", "cluster.tags", message, "remove some")
    for key in tags:
        for prefix in (limits.reserved_tag_prefix, "aws:"):
            if key.lower().startswith(prefix):
                message = f"tags that start with {prefix} are reserved"
                yield Problem("P312", f"cluster.tags.{key}", message, "rename the tag")


def _ssh(seed: Seed) -> Iterator[Problem]:
    if not seed.network.ssh_from:
        there = "network" in seed.model_fields_set
        add = "ssh_from: [192.0.2.0/24] below network:" if there else NETWORK
        yield Problem(
            "P313",
            "network.ssh_from",
            "missing, so the head node answers SSH from any address (though only with a key)",
            f"add {add} with the block of your campus",
            level="warning",
        )
    for index, block in enumerate(seed.network.ssh_from):
        if block.endswith("/0"):
            yield Problem(
                "P313",
                f"network.ssh_from[{index}]",
                "the head node answers SSH from any address (though only with a key)",
                "write the block of your campus, such as 192.0.2.0/24",
                level="warning",
            )


def _logins(seed: Seed) -> Iterator[Problem]:
    keys = [key for user in seed.users for key in user.ssh_public_keys]
    if seed.users and not keys and not seed.network.key_name:
        yield Problem(
            "P317",
            "users",
            "none of them has ssh_public_keys, and network.key_name is missing: no SSH login works",
            "add ssh_public_keys: to a user, or key_name: to network",
            level="warning",
        )


def _not_built_yet(seed: Seed) -> Iterator[Problem]:
    """Keys of the language that this version does not build on ParallelCluster."""
    wished = {
        "data.shared": seed.data.shared,
        "tenants": seed.tenants,
        "accounting": seed.accounting,
        "monitoring": seed.monitoring,
        "budget": seed.budget,
    }
    for path, value in wished.items():
        if value:
            yield Problem(
                "P318",
                path,
                "this version of petal does not build it on parallelcluster",
                f"remove {path} for now",
            )
    if seed.software.containers:
        yield Problem(
            "P319",
            "software.containers",
            "parallelcluster installs spack_packages and leaves containers aside",
            "list the same software under software.spack_packages",
            level="warning",
        )
