"""EKS add-ons: network, DNS, and drivers for the storage that the plan uses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IDependable

from petal_constructs.platforms.pcs.pod_identity import acknowledge_aws_policies, pod_role
from petal_constructs.platforms.pcs.values import PcsPlan

_CNI_POLICY: Final = "AmazonEKS_CNI_Policy"
_EBS_POLICY: Final = "service-role/AmazonEBSCSIDriverPolicy"
_EFS_POLICY: Final = "service-role/AmazonEFSCSIDriverPolicy"
_NETWORK: Final[Mapping[str, Mapping[str, Any]]] = {
    # In mode `standard` a pod is open until its policies have reached its node.
    "vpc-cni": {
        "enableNetworkPolicy": "true",
        "env": {"NETWORK_POLICY_ENFORCING_MODE": "standard"},
    },
    # Calico learns a pod's address from its annotation (Calico's guide for Amazon EKS).
    "calico": {"enableNetworkPolicy": "false", "env": {"ANNOTATE_POD_IP": "true"}},
}


class AddOns(Construct):
    """What AWS installs and updates in the cluster.

    Daemon sets of these add-ons run on every node as they are: all tolerate all taints.
    EKS Auto Mode has network, DNS, block storage and Pod Identity built in.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        cluster: Where they are installed.
        plan: Which file systems and buckets there are.

    Attributes:
        for_nodes: What a node needs to become ready.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, cluster: eks.ICluster, plan: PcsPlan
    ) -> None:
        super().__init__(scope, construct_id)
        self._cluster = cluster
        self._plan = plan
        self.for_nodes: tuple[IDependable, ...] = ()
        if plan.kubernetes.node_starter != "auto-mode":
            self.for_nodes = self._for_nodes()
        acknowledge_aws_policies(
            self,
            (_CNI_POLICY, _EBS_POLICY, _EFS_POLICY),
            "the policy that AWS maintains for this add-on",
        )

    def _for_nodes(self) -> tuple[IDependable, ...]:
        agent = self._add("eks-pod-identity-agent")
        network = self._add(
            "vpc-cni",
            account="aws-node",
            policy=_CNI_POLICY,
            configuration=_NETWORK[self._plan.kubernetes.network_policy],
            after=(agent,),
        )
        return agent, network, self._add("kube-proxy")

    def for_pods(self, *after: IDependable) -> tuple[IDependable, ...]:
        """Add what pods need, on nodes that exist by then."""
        plan = self._plan
        made: list[IDependable] = []
        if plan.kubernetes.node_starter != "auto-mode":
            made += [
                self._add("coredns", after=after),
                self._add(
                    "aws-ebs-csi-driver",
                    account="ebs-csi-controller-sa",
                    policy=_EBS_POLICY,
                    after=after,
                ),
            ]
        made.append(
            self._add(
                "aws-efs-csi-driver",
                account="efs-csi-controller-sa",
                policy=_EFS_POLICY,
                after=after,
            )
        )
        # Volumes of these two are static, and a pod reaches its buckets by its own identity.
        if any(folder.kind == "fsx-lustre" for folder in plan.folders):
            made.append(self._add("aws-fsx-csi-driver", after=after))
        if plan.s3_mounts:
            made.append(self._add("aws-mountpoint-s3-csi-driver", after=after))
        return tuple(made)

    def _add(
        self,
        name: str,
        *,
        account: str | None = None,
        policy: str | None = None,
        configuration: Mapping[str, Any] | None = None,
        after: tuple[IDependable, ...] = (),
    ) -> eks.CfnAddon:
        """Add one, in the version that EKS has for the cluster's Kubernetes."""
        associations = None
        if account is not None and policy is not None:
            role = pod_role(self, f"{name}-role", managed_policies=[policy])
            associations = [
                eks.CfnAddon.PodIdentityAssociationProperty(
                    service_account=account, role_arn=role.attr_arn
                )
            ]
        add_on = eks.CfnAddon(
            self,
            name,
            addon_name=name,
            cluster_name=self._cluster.cluster_name,
            resolve_conflicts="OVERWRITE",
            configuration_values=json.dumps(configuration) if configuration else None,
            pod_identity_associations=associations,
        )
        add_on.node.add_dependency(*after)
        return add_on
