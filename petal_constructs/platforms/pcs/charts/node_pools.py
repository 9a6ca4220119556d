"""What starts the EC2 instances of a queue: a Karpenter node pool and how its nodes are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.objects import Body, Chart, add
from petal_constructs.platforms.pcs.values import PcsPlan, Queue

_CAPACITY: Final = {"ONDEMAND": "on-demand", "SPOT": "spot", "CAPACITY_BLOCK": "reserved"}
_ARCHITECTURE: Final = {"x86_64": "amd64", "arm64": "arm64"}

EMPTY_FOR: Final = "1m"
"""How long an instance stays without a slurmd pod: the scaler has waited already, and a pod that is
made anew comes back at once."""
AUTO_MODE_LIFE: Final = {"expireAfter": "480h", "terminationGracePeriod": "24h"}
"""EKS Auto Mode replaces every node after 21 days (EKS User Guide, create-node-pool); of those, the
last is for jobs to end."""

_UNTOUCHED: Final = {
    "consolidationPolicy": "WhenEmpty",
    "consolidateAfter": EMPTY_FOR,
    "budgets": [
        {"nodes": "100%", "reasons": ["Empty"]},
        {"nodes": "0", "reasons": ["Drifted", "Underutilized"]},
    ],
}
"""Karpenter takes no node that runs anything, be it for a newer image or a lower price."""


@dataclass(frozen=True, slots=True)
class NodeReferences:
    """What the nodes of a queue are made of: ids and names, or CDK tokens of them."""

    role_name: str
    """IAM role of the nodes."""
    security_group_id: str
    subnet_ids: tuple[str, ...]
    """Private subnets, the first of which takes nodes that must be close."""
    placement_group: str | None
    """Name of the queue's placement group."""
    cluster_name: str
    """EKS cluster, in the tags of the instances."""


def node_pool(plan: PcsPlan, queue: Queue, *, nodes: NodeReferences) -> Chart:
    """What starts the instances of a queue. EKS Auto Mode has a node class of its own."""
    made = Chart(f"{queue.node_pool}-nodes")
    auto = plan.kubernetes.node_starter == "auto-mode"
    if not auto:
        spec = _node_class(plan, queue, nodes)
        add(made, "karpenter.k8s.aws/v1", "EC2NodeClass", queue.node_pool, spec=spec)
    spec = _pool(queue, auto=auto)
    add(made, "karpenter.sh/v1", "NodePool", queue.node_pool, spec=spec)
    return made


def _pool(queue: Queue, *, auto: bool) -> Body:
    life = AUTO_MODE_LIFE if auto else {"expireAfter": "Never"}
    taint = {"key": names.NAMESPACE_TAINT, "value": queue.namespace, "effect": "NoSchedule"}
    node = {
        "nodeClassRef": _class_of(queue, auto=auto),
        "requirements": _requirements(queue),
        "taints": [taint],
        **life,
    }
    labels = {names.NODE_POOL_LABEL: queue.node_pool, names.ROLE_LABEL: "jobs"}
    return {
        "template": {"metadata": {"labels": labels}, "spec": node},
        "limits": _limits(queue),
        "disruption": _UNTOUCHED,
    }


def _class_of(queue: Queue, *, auto: bool) -> Body:
    if auto:
        return {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}
    return {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": queue.node_pool}


def _requirements(queue: Queue) -> list[Body]:
    """By labels that Karpenter and EKS Auto Mode both know."""
    built = dict.fromkeys(_ARCHITECTURE[n.architecture] for n in queue.node_sets)
    wanted = {
        "node.kubernetes.io/instance-type": queue.instance_types,
        "karpenter.sh/capacity-type": (_CAPACITY[queue.capacity_type],),
        "kubernetes.io/arch": tuple(built),
    }
    return [{"key": key, "operator": "In", "values": [*found]} for key, found in wanted.items()]


def _limits(queue: Queue) -> dict[str, str]:
    """The queue's most nodes, and their most vCPUs, should the pods ask for more than planned."""
    largest = max(node_set.pod.cpus for node_set in queue.node_sets)
    return {"nodes": str(queue.max_count), "cpu": str(queue.max_count * largest)}


def _node_class(plan: PcsPlan, queue: Queue, nodes: NodeReferences) -> Body:
    close = nodes.placement_group is not None or queue.efa
    subnets = nodes.subnet_ids[:1] if close else nodes.subnet_ids
    spec: dict[str, Any] = {
        "role": nodes.role_name,
        "amiSelectorTerms": [{"alias": FACTS.ami_alias}],
        "subnetSelectorTerms": [{"id": subnet} for subnet in subnets],
        "securityGroupSelectorTerms": [{"id": nodes.security_group_id}],
        "kubelet": FACTS.kubelet.settings,
        "blockDeviceMappings": [_root_volume()],
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            # One hop ends at the node: no pod gets the node's rights.
            "httpPutResponseHopLimit": 1,
        },
        "tags": {
            **dict(plan.tags),
            "petal:cluster": nodes.cluster_name,
            "petal:queue": queue.node_pool,
        },
    }
    if queue.local_disks:
        spec["instanceStorePolicy"] = "RAID0"
    if nodes.placement_group is not None:
        spec["placementGroupSelector"] = {"name": nodes.placement_group}
    return spec


def _root_volume() -> Body:
    """Holds images and what jobs write outside the shared folders."""
    return {
        "deviceName": "/dev/xvda",
        "ebs": {
            "volumeSize": f"{DEFAULTS.root_volume_gib.value}Gi",
            "volumeType": "gp3",
            "encrypted": True,
            "deleteOnTermination": True,
        },
    }
