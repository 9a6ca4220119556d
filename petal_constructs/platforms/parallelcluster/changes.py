"""Two plans -> what an update does to the cluster that runs.

ParallelCluster compares the configurations parameter by parameter, each by an update policy
(`catalog/parallelcluster_updates.tsv`). What a policy allows while nodes run, with the
`QueueUpdateStrategy: DRAIN` that petal sets: `config/update_policy.py` of aws-parallelcluster
3.16.1, 2026-11-22; a test asks that code itself. Nodes fetch data by themselves, and the rest is
CloudFormation's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

from petal_constructs.plan.changes import (
    IF_ALLOWED,
    Consequence,
    Effect,
    folder_effects,
    id_effects,
    record_effects,
)
from petal_constructs.platforms.parallelcluster import software_changes
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.config_changes import ConfigChange, config_changes
from petal_constructs.platforms.parallelcluster.login_changes import (
    Pools,
    because_of_people,
    of_logins,
)
from petal_constructs.platforms.parallelcluster.node_config import References
from petal_constructs.platforms.parallelcluster.rendering import placeholders
from petal_constructs.platforms.parallelcluster.roles_changes import role_effects
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan

STOP: Final = "only while the compute fleet is stopped"
REFUSED: Final = "ParallelCluster refuses it in a cluster that exists: make a new one"
LIVE: Final = "accepted while jobs run"
LIVE_STORAGE: Final = {"Efs", "FsxLustre", "FsxOntap", "FsxOpenZfs", "FileCache"}
"""Kinds that nodes mount and unmount as they run, if they are named by id."""
EXISTING: Final = {"FileSystemId", "VolumeId", "FileCacheId"}
"""Settings of shared storage that ParallelCluster did not make."""
FETCHED: Final = "nodes fetch it within about five minutes; nothing drains"
OF_NODES: Final = {"users", "s3_mounts", "software", "accounts", "images", "shown_images", "pyxis"}
"""Parts of a plan that reach nodes as tables, without an update of the cluster."""
IN_CONFIGURATION: Final = {
    "name",
    "region",
    "os",
    "head_node",
    "queues",
    "volume",
    "login_nodes",
    "directory",
}
"""Parts of a plan that the cluster configuration holds, or a node file, and nothing else."""


def effects(old: ParallelClusterPlan, new: ParallelClusterPlan) -> tuple[Effect, ...]:
    """What differs in a cluster that runs."""
    found = config_changes(*(cluster_config(plan, _references(plan)) for plan in (old, new)))
    return (
        *effects_of(found, old.staffed_pools),
        *folder_effects(old.made, new.made),
        *_first_file_system(old, new),
        *record_effects(old=old.accounting, new=new.accounting),
        *id_effects(old.users, new.users),
        *_order(old, new),
        *role_effects(old.roles, new.roles),
        *_in_place(old, new),
    )


def effects_of(found: Sequence[ConfigChange], logins: Pools = ()) -> tuple[Effect, ...]:
    """What the changes of a cluster configuration do; `logins` are the pools that have nodes."""
    return tuple(_effect(change, found, logins) for change in found)


def _references(plan: ParallelClusterPlan) -> References:
    """Placeholders that differ where the stack would make other subnets or file systems.

    Each subnet of a new network has a share of its addresses, so all depend on its zones. Whether
    the cluster was deployed with leave to destroy nobody knows here: the worst is assumed.
    """
    made = {folder.name: f"{folder.kind} {folder.name}" for folder in plan.made}
    refs, network = placeholders(plan), plan.network
    storage = dataclasses.replace(refs.storage, made=made, may_destroy=True)
    refs = dataclasses.replace(refs, storage=storage)
    if network.vpc_id is not None:
        return refs
    zones = ", ".join(network.zones) or "AWS's choice"
    private = tuple(f"{subnet} in {zones}" for subnet in refs.private_subnets)
    return dataclasses.replace(refs, head_subnet=f"public in {zones}", private_subnets=private)


def _effect(change: ConfigChange, others: Sequence[ConfigChange], logins: Pools) -> Effect:
    consequence = _consequence(change, others, logins)
    of_people = because_of_people(change, consequence, logins)
    return Effect(change.path, consequence, of_people or _why(change, consequence))


def _why(change: ConfigChange, consequence: Consequence) -> str:
    if consequence is Consequence.DRAIN:
        queue = next((step for step in change.place if step.startswith("SlurmQueues[")), "")
        which = f"queue {queue[len('SlurmQueues[') : -1]} drains" if queue else "all queues drain"
        return f"{which}: jobs end, then nodes are replaced"
    return {
        Consequence.LIVE: LIVE,
        Consequence.STOP: STOP,
        Consequence.REPLACE: "all queues drain; the volume stays in the account, with its data",
        Consequence.DATA_LOSS: f"all queues drain; the volume is deleted {IF_ALLOWED}",
        Consequence.REFUSED: REFUSED,
    }[consequence]


def _consequence(
    change: ConfigChange, others: Sequence[ConfigChange], logins: Pools
) -> Consequence:
    match change.policy:
        case "SUPPORTED" | "SUPPORTED_UNLESS_ADC" | "IGNORED":
            return Consequence.LIVE
        case "QUEUE_UPDATE_STRATEGY" | "MANAGED_FSX":
            return Consequence.DRAIN if _of_a_queue(change) else Consequence.STOP
        case "MANAGED_PLACEMENT_GROUP":
            switched_on = change.key in {"PlacementGroup", "Enabled"} and not change.old
            return Consequence.DRAIN if switched_on else Consequence.STOP
        case "RESIZE_UPDATE_STRATEGY_ON_REMOVE":
            return Consequence.LIVE if _grows(change, others) else Consequence.STOP
        case "COMPUTE_FLEET_STOP_ON_REMOVE":
            return Consequence.LIVE if _is_added(change) else Consequence.STOP
        case "SHARED_STORAGE_UPDATE_POLICY":
            return _of_storage(change, logins)
        case policy if policy.startswith("LOGIN_NODES"):
            return of_logins(change, logins)
        case policy if policy.endswith("_STOP"):
            return Consequence.STOP
        case _:
            return Consequence.REFUSED


def _of_a_queue(change: ConfigChange) -> bool:
    return any(step.startswith("SlurmQueues[") for step in change.place)


def _is_added(change: ConfigChange) -> bool:
    return change.is_entry and change.old is None


def _grows(change: ConfigChange, others: Sequence[ConfigChange]) -> bool:
    """Whether no node goes: a higher MaxCount, and a MinCount that it rises at least as much as."""
    if change.key == "MaxCount":
        return bool(change.new >= change.old)
    if change.key == "MinCount":
        beside = (o for o in others if o.place == change.place and o.key == "MaxCount")
        return any(o.new - o.old >= change.new - change.old for o in beside)
    return _is_added(change)


def _of_storage(change: ConfigChange, logins: Pools) -> Consequence:
    """Mounting and unmounting; another folder for the same storage ParallelCluster cannot judge."""
    if not change.is_entry:
        return Consequence.STOP
    entry = change.old or change.new
    settings = entry.get(f"{entry['StorageType']}Settings", {})
    if entry["MountDir"] == "/home":
        return Consequence.REFUSED
    # Queues drain by themselves, login nodes do not.
    new_nodes = Consequence.STOP if logins else Consequence.DRAIN
    if EXISTING & {*settings}:
        live = entry["StorageType"] in LIVE_STORAGE
        return Consequence.LIVE if live else new_nodes
    if change.old is None:
        return new_nodes
    kept = settings.get("DeletionPolicy") == "Retain"
    return Consequence.REPLACE if kept else Consequence.DATA_LOSS


def _first_file_system(old: ParallelClusterPlan, new: ParallelClusterPlan) -> Iterator[Effect]:
    """New file systems let in a security group that nodes join when they start."""
    if new.made and not old.made:
        why = "nodes that run are not in its security group: let all of them end first"
        yield Effect("security group of file systems", Consequence.STOP, why)


def _order(old: ParallelClusterPlan, new: ParallelClusterPlan) -> Iterator[Effect]:
    """The first queue is the default one, and ParallelCluster sees no change in their order."""
    if [queue.name for queue in old.queues][:1] != [queue.name for queue in new.queues][:1]:
        why = "takes effect with the next change of a queue: ParallelCluster does not see the order"
        yield Effect("default queue", Consequence.LIVE, why)


def _in_place(old: ParallelClusterPlan, new: ParallelClusterPlan) -> Iterator[Effect]:
    """What changes beside the cluster: tables that nodes fetch, rights, rules of groups, tags."""
    for part in (field.name for field in dataclasses.fields(old)):
        if part not in IN_CONFIGURATION and getattr(old, part) != getattr(new, part):
            why = FETCHED if part in OF_NODES else "changes in place while jobs run"
            if part == "software":
                why = software_changes.consequence(old.software, new.software)
            yield Effect(f"plan, {part}", Consequence.LIVE, why)
