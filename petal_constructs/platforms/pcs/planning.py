"""Seed -> Slurm on Amazon EKS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from petal_constructs.catalog import pcs, versions
from petal_constructs.plan import from_seed
from petal_constructs.plan.sizes import by_size, fill_in_order, known_types, size_name
from petal_constructs.plan.tenants import Limits, accounts, allowed_accounts, limits
from petal_constructs.plan.values import SharedFolder
from petal_constructs.platforms.pcs.job_images import job_image
from petal_constructs.platforms.pcs.pods import pod_size
from petal_constructs.platforms.pcs.software import plan_software
from petal_constructs.platforms.pcs.values import (
    NAMESPACE_PREFIX,
    PLATFORM,
    SHARED_NAMESPACE,
    Kubernetes,
    NodeSet,
    NodeStarter,
    PcsPlan,
    Queue,
    SlurmCluster,
)
from petal_constructs.seed import compute
from petal_constructs.seed.model import Seed
from petal_constructs.seed.software import Container
from petal_constructs.seed.tenants import Tenant

_STARTERS: Final[dict[bool | str, NodeStarter]] = {
    True: "karpenter",
    False: "managed-node-groups",
    "auto-mode": "auto-mode",
}


def make_plan(seed: Seed) -> PcsPlan:
    """Decide everything; the seed has passed `checks.check`."""
    return PcsPlan(
        platform=PLATFORM,
        name=seed.cluster.name,
        region=seed.cluster.region,
        tags=from_seed.tags(seed),
        kubernetes=Kubernetes(
            version=seed.eks.version or versions.EKS.default,
            node_starter=_STARTERS[seed.eks.karpenter],
            network_policy=seed.network.network_policy,
            admin_roles=seed.eks.admin_roles,
        ),
        clusters=tuple(_clusters(seed)),
        homes=_homes(seed),
        shared=tuple(folder for folder in _folders(seed) if folder.mount_point != "/home"),
        s3_mounts=from_seed.s3_mounts(seed),
        network=from_seed.network(seed),
        budget=from_seed.budget(seed),
        permissions_boundary=seed.cluster.permissions_boundary,
        zone_ids=_zone_ids(seed),
        software=plan_software(seed, PLATFORM),
    )


def _zone_ids(seed: Seed) -> tuple[str, ...]:
    if seed.network.vpc_id or seed.network.zones:
        return ()
    return pcs.FACTS.network.zone_ids.get(seed.cluster.region, ())


def _clusters(seed: Seed) -> list[SlurmCluster]:
    dedicated = [tenant for tenant in seed.tenants if tenant.isolation == "dedicated"]
    shared = _shared(seed, dedicated)
    own = [_dedicated(seed, tenant) for tenant in dedicated]
    return [*([shared] if shared else []), *own]


def _shared(seed: Seed, dedicated: list[Tenant]) -> SlurmCluster | None:
    """The Slurm of all who have none of their own; None if nobody is left, or no queue."""
    tenants = [tenant for tenant in seed.tenants if tenant.isolation == "shared"]
    queues = [queue for queue in _running(seed) if not _only_for(queue.name, seed, dedicated)]
    elsewhere = {name for tenant in dedicated for name in tenant.users}
    wanted = {name for tenant in tenants for name in tenant.users}
    users = [user for user in seed.users if user.name not in elsewhere or user.name in wanted]
    if not queues or (dedicated and not tenants and not users):
        return None
    partitions = _queues(queues, SHARED_NAMESPACE, tenants, seed.software.containers)
    return SlurmCluster(
        namespace=SHARED_NAMESPACE,
        tenant=None,
        cluster_name=_slurm_name(seed.cluster.name),
        queues=partitions,
        users=tuple(map(from_seed.user, users)),
        accounts=accounts(
            tenants,
            [user.name for user in users],
            [queue.allowed_accounts for queue in partitions],
        ),
        accounting=seed.accounting or bool(tenants),
        limits=Limits(),
        iam_roles=tuple(dict.fromkeys(role for tenant in tenants for role in tenant.iam_roles)),
    )


def _only_for(queue: str, seed: Seed, dedicated: list[Tenant]) -> bool:
    """Whether dedicated tenants name a queue and no shared tenant does."""
    named_by = [tenant for tenant in seed.tenants if queue in tenant.queues]
    return bool(named_by) and all(tenant in dedicated for tenant in named_by)


def _dedicated(seed: Seed, tenant: Tenant) -> SlurmCluster:
    namespace = NAMESPACE_PREFIX + tenant.name
    queues = [q for q in _running(seed) if not tenant.queues or q.name in tenant.queues]
    return SlurmCluster(
        namespace=namespace,
        tenant=tenant.name,
        cluster_name=_slurm_name(seed.cluster.name, tenant.name),
        queues=_queues(queues, namespace, [], seed.software.containers),
        users=tuple(from_seed.user(user) for user in seed.users if user.name in tenant.users),
        accounts=(),
        accounting=seed.accounting,
        limits=limits(tenant.quota),
        iam_roles=tenant.iam_roles,
    )


def _slurm_name(*parts: str) -> str:
    """Slurm keeps the name in a field of its database: lower case, at most 40 characters."""
    return "-".join(parts).lower()[:40].rstrip("-")


def _running(seed: Seed) -> list[compute.Queue]:
    return [queue for queue in seed.parts[PLATFORM].queues if queue.max_count > 0]


def _queues(
    queues: list[compute.Queue],
    namespace: str,
    tenants: list[Tenant],
    containers: Sequence[Container],
) -> tuple[Queue, ...]:
    chosen = next((queue.name for queue in queues if queue.default), None)
    first = chosen or (queues[0].name if queues else None)
    return tuple(
        _queue(queue, namespace, tenants, job_image(queue, containers), default=queue.name == first)
        for queue in queues
    )


def _queue(
    queue: compute.Queue,
    namespace: str,
    tenants: list[Tenant],
    image: str | None,
    *,
    default: bool,
) -> Queue:
    close = queue.efa if queue.placement_group is None else queue.placement_group
    return Queue(
        name=queue.name,
        namespace=namespace,
        capacity_type=queue.capacity_type,
        node_sets=_node_sets(queue),
        min_count=queue.min_count,
        max_count=queue.max_count,
        efa=queue.efa,
        placement_group=close,
        local_disks=all(kind.nvme_gib for kind in known_types(queue.instance_types)),
        max_time=queue.max_time,
        default=default,
        allowed_accounts=allowed_accounts(queue.name, tenants),
        job_image=image,
    )


def _node_sets(queue: compute.Queue) -> tuple[NodeSet, ...]:
    groups = by_size(queue.instance_types)
    least = fill_in_order(queue.min_count, [queue.max_count] * len(groups))
    found = []
    for (size, kinds), low in zip(groups.items(), least, strict=True):
        pod = pod_size(kinds, efa=queue.efa)
        if pod is None:
            continue
        found.append(
            NodeSet(
                name=f"{queue.name}-{size_name(size)}",
                instance_types=tuple(kind.name for kind in kinds),
                architecture=kinds[0].architecture,
                cores=min(kind.cores for kind in kinds),
                gpus=kinds[0].gpus,
                efa_interfaces=min(kind.efa_interfaces for kind in kinds) if queue.efa else 0,
                pod=pod,
                min_count=low,
                max_count=queue.max_count,
            )
        )
    return tuple(found)


def _homes(seed: Seed) -> SharedFolder:
    """EFS at /home: the seed's own where it names one, else a new one that is kept."""
    named = [folder for folder in _folders(seed) if folder.mount_point == "/home"]
    return named[0] if named else SharedFolder("Home", "efs", "/home", None, None, keep=True)


def _folders(seed: Seed) -> list[SharedFolder]:
    return [f for f in from_seed.shared_folders(seed) if f.kind in ("efs", "fsx-lustre")]
