"""Seed -> what petal asks AWS ParallelCluster for."""

from __future__ import annotations

from petal_constructs.catalog import instance_types, parallelcluster
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.plan import from_seed, tenants
from petal_constructs.plan.image_list import listed
from petal_constructs.plan.images import shown_images
from petal_constructs.plan.pulled_images import PulledImage, pulled_images
from petal_constructs.plan.registry import caches
from petal_constructs.platforms.parallelcluster import directory_config
from petal_constructs.platforms.parallelcluster.images import cluster_images
from petal_constructs.platforms.parallelcluster.names import PLATFORM
from petal_constructs.platforms.parallelcluster.roles import roles
from petal_constructs.platforms.parallelcluster.sizing import compute_resources
from petal_constructs.platforms.parallelcluster.software import plan_software, with_builder
from petal_constructs.platforms.parallelcluster.values import (
    ComputeResource,
    HeadNode,
    LoginPool,
    ParallelClusterPlan,
    Queue,
    Script,
    SharedVolume,
    Watch,
)
from petal_constructs.seed import compute, login_nodes
from petal_constructs.seed.model import Seed
from petal_constructs.seed.network import Network


def make_plan(seed: Seed) -> ParallelClusterPlan:
    """Decide everything; the seed has passed `checks.check`."""
    part = seed.parts[PLATFORM]
    os_name = seed.cluster.os or DEFAULTS.os.value
    volume = SharedVolume(
        DEFAULTS.software_volume_name.value,
        DEFAULTS.software_mount_dir.value,
        DEFAULTS.software_volume_gib.value,
    )
    found = _images(seed)
    queues = _queues(part, seed)
    software = plan_software(seed, queues, volume.mount_dir)
    return ParallelClusterPlan(
        platform=PLATFORM,
        name=seed.cluster.name,
        region=seed.cluster.region,
        parallelcluster_version=parallelcluster.FACTS.version,
        provider_template_url=parallelcluster.FACTS.provider_template_url,
        os=os_name,
        default_user=parallelcluster.FACTS.operating_systems[os_name].default_user,
        tags=from_seed.tags(seed),
        head_node=_head_node(part.head_node or ""),
        queues=with_builder(queues, software.builder),
        volume=volume,
        software=software,
        users=tuple(map(from_seed.user, seed.users)),
        s3_mounts=from_seed.s3_mounts(seed),
        network=from_seed.network(seed),
        custom_ami=seed.cluster.custom_ami,
        slurm_settings=_slurm_settings(seed),
        watch=_watch(seed),
        budget=from_seed.budget(seed),
        accounting=seed.accounting or bool(seed.tenants),
        accounts=tenants.accounts(
            seed.tenants,
            [user.name for user in seed.users],
            [queue.allowed_accounts for queue in queues],
        ),
        shared=from_seed.shared_folders(seed),
        directory=directory_config.planned(seed.directory),
        roles=roles(seed.cluster),
        login_nodes=tuple(map(_login_pool, part.login_nodes)),
        images=found,
        pyxis=seed.software.container_runtime == "pyxis",
        shown_images=shown_images(part.queues, [image.name for image in found]),
        image_list=listed(seed, cluster_images(seed)),
    )


def _images(seed: Seed) -> tuple[PulledImage, ...]:
    return pulled_images(cluster_images(seed), (cache.prefix for cache in caches(seed)))


def _login_pool(pool: login_nodes.LoginPool) -> LoginPool:
    return LoginPool(pool.name, pool.instance_type, pool.count, pool.gracetime_minutes)


def _watch(seed: Seed) -> Watch:
    emails = seed.alert_emails if seed.monitoring else ()
    return Watch(seed.monitoring, emails, seed.log_retention_days)


def _slurm_settings(seed: Seed) -> tuple[tuple[str, str], ...]:
    counts = [f"{licence.name}:{licence.count}" for licence in seed.software.licences]
    licences = [("Licenses", ",".join(counts))] if counts else []
    return (*seed.cluster.slurm_settings.items(), *licences)


def _head_node(name: str) -> HeadNode:
    kind = instance_types.find(name)
    memory = kind.memory_mib / 1024 if kind else 0.0
    return HeadNode(name, memory, DEFAULTS.root_volume_gib.value)


def _queues(part: compute.Compute, seed: Seed) -> tuple[Queue, ...]:
    """The queues that may run nodes, the default one first, as ParallelCluster wants it."""
    running = [queue for queue in part.queues if queue.max_count > 0]
    return tuple(_queue(q, seed) for q in sorted(running, key=lambda queue: not queue.default))


def _queue(queue: compute.Queue, seed: Seed) -> Queue:
    sizes = compute_resources(queue)
    near = queue.efa and queue.capacity_reservation is None
    limited = any(tenant.quota.memory for tenant in seed.tenants)
    return Queue(
        name=queue.name,
        capacity_type=queue.capacity_type,
        allocation_strategy=queue.allocation_strategy or _strategy(queue),
        compute_resources=sizes,
        efa=queue.efa,
        placement_group=near if queue.placement_group is None else queue.placement_group,
        max_time=queue.max_time,
        root_volume_gib=DEFAULTS.root_volume_gib.value,
        allowed_accounts=tenants.allowed_accounts(queue.name, seed.tenants),
        default_memory_mib=_memory_of_a_cpu(sizes) if limited else None,
        reservation=queue.capacity_reservation,
        subnets=_subnets(queue, seed.network),
        scripts=tuple(Script(s.script, s.args, s.when == "start") for s in queue.scripts),
        tags=tuple(queue.tags.items()),
        gpu_health_check=queue.gpu_health_check,
    )


def _subnets(queue: compute.Queue, network: Network) -> tuple[int, ...]:
    """A new VPC has a private subnet in each of its zones, in their order."""
    chosen = queue.subnets or queue.zones
    known = network.private_subnets if queue.subnets else network.zones
    return tuple(known.index(name) for name in chosen) or (0,)


def _memory_of_a_cpu(sizes: tuple[ComputeResource, ...]) -> int | None:
    """Whole MiB, so that a job on all CPUs of a node fits into the memory that Slurm sees."""
    share = parallelcluster.FACTS.slurm.memory_share
    each = [int(size.memory_gib * 1024 * share / size.vcpus) for size in sizes if size.vcpus]
    return min(each, default=None)


def _strategy(queue: compute.Queue) -> str | None:
    """The default one; a single reservation leaves nothing to choose."""
    if (queue.capacity_reservation or "").startswith("cr-"):
        return None
    if queue.capacity_type == "SPOT":
        return DEFAULTS.spot_allocation_strategy.value
    return parallelcluster.FACTS.capacity.default_allocation_strategy
