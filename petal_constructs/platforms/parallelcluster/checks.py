"""What AWS ParallelCluster would refuse, found before AWS is asked.

Limits are those of aws-parallelcluster 3.16.1 (catalog/parallelcluster.toml names each source).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.errors import Problem
from petal_constructs.plan.bucket_access import read_only
from petal_constructs.plan.sizes import known_types
from petal_constructs.platforms import STACK_PREFIX, seed_rules
from petal_constructs.platforms.parallelcluster import (
    directory_checks,
    login_checks,
    operations_checks,
    queue_checks,
    roles_checks,
    served_checks,
    shared_reservations,
    software_checks,
    storage_checks,
    tenant_checks,
    type_checks,
)
from petal_constructs.platforms.parallelcluster.images import cluster_images
from petal_constructs.platforms.parallelcluster.names import PLATFORM
from petal_constructs.seed.compute import Compute
from petal_constructs.seed.model import Seed
from petal_constructs.seed.suggest import did_you_mean, one_of

OTHER_POLICIES: Final = 4
"""Of the head node's role at most: for petal's own files, for a volume under a key, and AWS's for
Systems Manager and for logs. The latter is ParallelCluster's (3.16.1, cdk_builder_utils.py). One
more lets it pull images."""

_SSH_OPEN: Final = "the head node answers SSH from any address (though only with a key)"
_PASSWORDS_OPEN: Final = (
    "the head node answers SSH from any address, and takes passwords of the directory"
)


def check(seed: Seed) -> list[Problem]:
    """Every problem of a seed that is to run on ParallelCluster."""
    part = seed.parts.get(PLATFORM)
    if part is None:
        return []
    path = seed.compute_path(PLATFORM)
    limits = parallelcluster.FACTS.limits
    return [
        *_name(seed),
        *_region_and_os(seed),
        *_head_node(path, part),
        *queue_checks.check(path, part, seed),
        *type_checks.check(path, part),
        *shared_reservations.check(path, part, seed.network),
        *_head_node_memory(path, part),
        *login_checks.check(path, part),
        *storage_checks.check(seed),
        *served_checks.check(seed),
        *seed_rules.users(seed),
        *seed_rules.bucket_policies(
            seed,
            also=read_only(seed.software.build_cache),
            beside=OTHER_POLICIES + bool(seed.software.containers),
        ),
        *seed_rules.tags(seed, most=limits.tags, reserved=(limits.reserved_tag_prefix, "aws:")),
        *seed_rules.ssh(seed, _PASSWORDS_OPEN if seed.directory else _SSH_OPEN),
        *_logins(seed),
        *directory_checks.check(seed),
        *roles_checks.check(seed),
        *operations_checks.check(seed),
        *tenant_checks.check(seed),
        *software_checks.check(seed),
        *_pyxis(path, part, seed),
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
    elif os_name not in public and not seed.cluster.custom_ami:
        message = f"AWS publishes no ParallelCluster image for {os_name}"
        yield Problem("P302", "cluster.os", message, f"{one_of(public)}, or add custom_ami:")


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


def _logins(seed: Seed) -> Iterator[Problem]:
    keys = [key for user in seed.users for key in user.ssh_public_keys]
    others = seed.network.key_name or seed.directory
    if seed.users and not keys and not others:
        yield Problem(
            "P317",
            "users",
            "none of them has ssh_public_keys, and network.key_name is missing: no SSH login works",
            "add ssh_public_keys: to a user, or key_name: to network",
            level="warning",
        )


def _pyxis(path: str, part: Compute, seed: Seed) -> Iterator[Problem]:
    """What nodes may lack for it, and what does not go with it."""
    if seed.software.container_runtime != "pyxis":
        return
    if seed.cluster.custom_ami:
        message = "an image of your own has pyxis if it was built with NVIDIA's software, else not"
        hint = "build it with NvidiaSoftware: {Enabled: true}, or remove container_runtime"
        yield Problem("P357", "software.container_runtime", message, hint, level="warning")
    for index, queue in enumerate(part.queues):
        if queue.containers and seed.software.containers:
            message = "with pyxis, jobs see the modules of all containers; only these will run"
            hint = "nothing is to be done; without container_runtime: pyxis they see these alone"
            where = f"{path}.queues[{index}].containers"
            yield Problem("P355", where, message, hint, level="warning")


def _not_built_yet(seed: Seed) -> Iterator[Problem]:
    """Images that are nowhere yet."""
    for index, image in enumerate(cluster_images(seed)):
        if image.waits:
            yield Problem(
                "P319",
                f"software.containers[{index}]",
                f"parallelcluster leaves {image.name} aside until its image is pushed",
                "run petal build-container, then petal push-container",
                level="warning",
            )
