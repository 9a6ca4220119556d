"""Two plans -> what an update does to the cluster that runs.

Both are rendered as manifests, and what becomes of a changed object follows from its kind: what
Slinky's operator does with pods, and Karpenter with nodes, is told in `charts/node_sets.py` and
`charts/node_pools.py`. The rest is CloudFormation's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

from petal_constructs.plan.changes import (
    Consequence,
    Effect,
    folder_effects,
    id_effects,
    record_effects,
)
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.objects import Body
from petal_constructs.platforms.pcs.manifests import everything
from petal_constructs.platforms.pcs.rendering import placeholders
from petal_constructs.platforms.pcs.values import Kubernetes, PcsPlan, Queue

_Objects = dict[str, Body]
"""Kind, namespace and name -> the object."""

EMPTY_FIRST: Final = "let its jobs end first: they go with its pods"
REFUSED: Final = "it stays as it was made: make a new cluster"
IN_MANIFESTS: Final = {"name", "region", "clusters", "homes", "shared", "s3_mounts", "software"}
"""Parts of a plan that manifests hold, or that other functions here judge, and nothing else."""


def effects(old: PcsPlan, new: PcsPlan) -> tuple[Effect, ...]:
    """What differs in a cluster that runs."""
    return (
        *_of_objects(_objects(old), _objects(new)),
        *folder_effects(old.folders, new.folders),
        *_homes(old, new),
        *record_effects(old=old.accounting, new=new.accounting),
        *_people(old, new),
        *_kubernetes(old.kubernetes, new.kubernetes),
        *_node_groups(old, new),
        *_network(old, new),
        *_in_place(old, new),
    )


def _objects(plan: PcsPlan) -> _Objects:
    charts = everything(plan, placeholders(plan))
    return {_name(body): body for chart in charts for body in chart.objects}


def _name(body: Body) -> str:
    metadata = body["metadata"]
    place = f"{metadata['namespace']}/" if "namespace" in metadata else ""
    return f"{body['kind']} {place}{metadata['name']}"


def _of_objects(old: _Objects, new: _Objects) -> Iterator[Effect]:
    for name, body in old.items():
        if name not in new:
            yield _gone(name, body)
        elif body != new[name]:
            yield _changed(name, body, new[name])
    for name in new:
        if name not in old:
            yield Effect(name, Consequence.LIVE, "made beside what runs")


def _gone(name: str, body: Body) -> Effect:
    match body["kind"]:
        case "NodeSet":
            why = f"pods of queue {_queue(body)} are deleted; {EMPTY_FIRST}"
            return Effect(name, Consequence.STOP, why)
        case "Namespace":
            why = f"the Slurm of {body['metadata']['name']} is deleted; {EMPTY_FIRST}"
            return Effect(name, Consequence.STOP, why)
        case _:
            return Effect(name, Consequence.LIVE, "taken away while jobs run")


def _changed(name: str, old: Body, new: Body) -> Effect:
    match old["kind"]:
        case "NodeSet" if _pods(old) != _pods(new):
            why = f"queue {_queue(old)} drains: a pod is replaced once its jobs are done"
            return Effect(name, Consequence.DRAIN, why)
        case "LoginSet" if _login_pods(old) != _login_pods(new):
            why = "the login pod starts anew: sessions end, jobs run on"
            return Effect(name, Consequence.LIVE, why)
        case "Controller" if _daemon(old) != _daemon(new):
            return Effect(name, Consequence.LIVE, "slurmctld starts anew; jobs run on")
        case "StorageClass" | "PersistentVolume" | "PersistentVolumeClaim":
            return Effect(name, Consequence.REFUSED, f"Kubernetes refuses it: {REFUSED}")
        case "NodePool" | "EC2NodeClass":
            return Effect(name, Consequence.LIVE, "new nodes have it; those that run stay")
        case _:
            return Effect(name, Consequence.LIVE, "changes in place while jobs run")


def _queue(body: Body) -> str:
    return str(body["metadata"]["labels"][names.QUEUE_LABEL])


def _pods(body: Body) -> Any:
    return _without(body["spec"], "replicas")


def _login_pods(body: Body) -> Any:
    return _without(body["spec"], "service", "replicas")


def _daemon(body: Body) -> Any:
    """What slurmctld reads again by itself is no reason to start its pod anew."""
    return _without(body["spec"], "extraConf", "configFileRefs")


def _without(spec: Body, *keys: str) -> Body:
    return {key: value for key, value in spec.items() if key not in keys}


def _homes(old: PcsPlan, new: PcsPlan) -> Iterator[Effect]:
    if old.homes.id != new.homes.id or old.homes.name != new.homes.name:
        why = "people find another /home: copy the old one's files"
        yield Effect("homes", Consequence.REPLACE, why)


def _people(old: PcsPlan, new: PcsPlan) -> Iterator[Effect]:
    after = {cluster.namespace: cluster.users for cluster in new.clusters}
    found = (
        effect
        for cluster in old.clusters
        for effect in id_effects(cluster.users, after.get(cluster.namespace, ()))
    )
    yield from dict.fromkeys(found)


def _kubernetes(old: Kubernetes, new: Kubernetes) -> Iterator[Effect]:
    """Of versions EKS takes the next one alone: EKS User Guide, update-cluster, 2026-11-23."""
    if old.version != new.version:
        step = _minor(new) - _minor(old)
        if step == 1:
            why = "the control plane is updated while jobs run; new nodes follow"
            yield Effect("Kubernetes version", Consequence.LIVE, why)
        else:
            why = "EKS never goes back" if step < 0 else "EKS goes up one version at a time"
            yield Effect("Kubernetes version", Consequence.REFUSED, why)
    if old.node_starter != new.node_starter:
        yield _other_starter({old.node_starter, new.node_starter})
    if old.network_policy != new.network_policy:
        why = "another program enforces network policies; untried while jobs run"
        yield Effect("network policies", Consequence.STOP, why)


def _minor(kubernetes: Kubernetes) -> int:
    return int(kubernetes.version.partition(".")[2])


def _other_starter(starters: set[str]) -> Effect:
    part = "what starts nodes"
    if "auto-mode" in starters:
        why = f"EKS Auto Mode has disks of its own kind: {REFUSED}"
        return Effect(part, Consequence.REFUSED, why)
    why = "all nodes of queues are replaced: let all jobs end first"
    return Effect(part, Consequence.STOP, why)


def _node_groups(old: PcsPlan, new: PcsPlan) -> Iterator[Effect]:
    """Managed node groups: what a change of theirs does is not Karpenter's way."""
    if {old.kubernetes.node_starter, new.kubernetes.node_starter} != {"managed-node-groups"}:
        return
    stay = {queue.node_pool: queue for queue in new.queues}
    for queue in old.queues:
        after = stay.get(queue.node_pool)
        if after is not None and _groups(queue) != _groups(after):
            why = "its node groups go back to min_count nodes or are replaced; jobs are lost"
            yield Effect(f"node groups of {queue.name}", Consequence.STOP, why)


def _groups(queue: Queue) -> tuple[object, ...]:
    shapes = [(s.name, s.instance_types, s.min_count, s.max_count) for s in queue.node_sets]
    return queue.capacity_type, queue.efa, queue.placement_group, *shapes


def _network(old: PcsPlan, new: PcsPlan) -> Iterator[Effect]:
    """A cluster stays in its VPC (AWS::EKS::Cluster), FSx and mount targets in their subnets."""
    before, after = old.network, new.network
    if (before.vpc_id, before.zones) != (after.vpc_id, after.zones):
        yield Effect("VPC", Consequence.REFUSED, f"EKS stays in its VPC: {REFUSED}")
        return
    subnets = before.private_subnet_ids, after.private_subnet_ids
    if subnets[0] == subnets[1]:
        return
    why = "mount targets of /home and file systems are made anew: let all jobs end first"
    yield Effect("private subnets", Consequence.STOP, why)
    if subnets[0][:1] == subnets[1][:1]:
        return
    for folder in old.folders:
        if folder.kind == "fsx-lustre" and folder.id is None:
            why = f"{folder.name} stays in its subnet, and Kubernetes in its volume: {REFUSED}"
            yield Effect(f"subnet of {folder.name}", Consequence.REFUSED, why)


def _in_place(old: PcsPlan, new: PcsPlan) -> Iterator[Effect]:
    """Tags, the budget, rights and who may come: beside Slurm, or in what it runs on."""
    for part in (field.name for field in fields(old)):
        if part in IN_MANIFESTS or getattr(old, part) == getattr(new, part):
            continue
        why = "changes in place while jobs run"
        if part == "tags":
            why = "nodes of the system are replaced one by one: sessions end, jobs run on"
        yield Effect(f"plan, {part}", Consequence.LIVE, why)
