"""Further nodes for the cluster's own pods, started when they are needed."""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.platforms.pcs.charts.objects import MANAGED_BY
from petal_constructs.platforms.pcs.names import ON_SYSTEM_NODES
from petal_constructs.platforms.pcs.values import PcsPlan

NAME: Final = "petal-system"
"""Of the node pool and its node class; queues' have a dot in theirs."""
AUTO_MODE_CLASS: Final = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}
_KARPENTER_LIFE: Final = {"expireAfter": "Never", "terminationGracePeriod": "10m"}
"""Of Karpenter's own; EKS Auto Mode has its own rules."""
_KARPENTER_CLASS: Final = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": NAME}


def karpenter_nodes(
    plan: PcsPlan, *, role: str, security_group_id: str, subnet_ids: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Node class and node pool, for Karpenter.

    A node ends within ten minutes, so that nothing is left when the cluster is deleted.
    """
    made = _system_class(
        plan, role=role, security_group_id=security_group_id, subnet_ids=subnet_ids
    )
    return [made, system_pool(_KARPENTER_CLASS, **_KARPENTER_LIFE)]


def system_pool(node_class: dict[str, str], **life: str) -> dict[str, Any]:
    """A NodePool of on-demand nodes with the label that system pods ask for.

    Nothing is taken from a node that runs something: it may be a user's shell on a login pod.

    Args:
        node_class: Reference to how its nodes are made.
        **life: How long they live, as in `spec.template.spec`. Default: as their starter has it.
    """
    asked = {
        "node.kubernetes.io/instance-type": DEFAULTS.system_node.value,
        "karpenter.sh/capacity-type": "on-demand",
    }
    nodes = {
        "nodeClassRef": node_class,
        "requirements": [
            {"key": key, "operator": "In", "values": [value]} for key, value in asked.items()
        ],
        **life,
    }
    disruption = {
        "consolidationPolicy": "WhenEmpty",
        "consolidateAfter": "5m",
        "budgets": [
            {"nodes": "100%", "reasons": ["Empty"]},
            {"nodes": "0", "reasons": ["Drifted", "Underutilized"]},
        ],
    }
    template = {"metadata": {"labels": dict(ON_SYSTEM_NODES)}, "spec": nodes}
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": NAME, "labels": dict(MANAGED_BY)},
        "spec": {"template": template, "disruption": disruption},
    }


def _system_class(
    plan: PcsPlan, *, role: str, security_group_id: str, subnet_ids: tuple[str, ...]
) -> dict[str, Any]:
    """The EC2NodeClass of those nodes, for Karpenter: like the nodes of the managed group."""
    disk = {
        "volumeSize": f"{DEFAULTS.root_volume_gib.value}Gi",
        "volumeType": "gp3",
        "encrypted": True,
    }
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": NAME, "labels": dict(MANAGED_BY)},
        "spec": {
            "role": role,
            "amiSelectorTerms": [{"alias": FACTS.ami_alias}],
            "subnetSelectorTerms": [{"id": subnet} for subnet in subnet_ids],
            "securityGroupSelectorTerms": [{"id": security_group_id}],
            "kubelet": FACTS.kubelet.settings,
            "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": disk}],
            "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
            "tags": {**dict(plan.tags), "petal:cluster": plan.name},
        },
    }
