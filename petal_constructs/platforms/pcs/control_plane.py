"""The EKS cluster without nodes: API server, who may reach it, and who may use it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from petal_constructs.constructs.acknowledge import acknowledge
from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.platforms.pcs.kubectl import acknowledge_kubectl, kubectl_layer
from petal_constructs.platforms.pcs.pod_identity import acknowledge_aws_policies
from petal_constructs.platforms.pcs.values import PcsPlan

_LOGS: Final = [
    eks.ClusterLoggingTypes.API,
    eks.ClusterLoggingTypes.AUDIT,
    eks.ClusterLoggingTypes.AUTHENTICATOR,
    eks.ClusterLoggingTypes.CONTROLLER_MANAGER,
    eks.ClusterLoggingTypes.SCHEDULER,
]
_HTTPS: Final = 443
_ADMINISTRATOR: Final = "AmazonEKSClusterAdminPolicy"
_CONTROL_PLANE_POLICIES: Final = (
    "AmazonEKSClusterPolicy",
    # The rest is for Auto Mode.
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
"""Given to the cluster's role by the CDK."""


def control_plane(
    scope: Construct,
    construct_id: str,
    *,
    plan: PcsPlan,
    network: ClusterNetwork,
    auto_mode_role: iam.IRole | None = None,
) -> eks.Cluster:
    """The cluster, its secrets under a key of its own, its logs in CloudWatch.

    Args:
        scope: Construct it is part of.
        construct_id: Its name in `scope`.
        plan: Name, version, and who may connect.
        network: Where it stands.
        auto_mode_role: Role of the nodes that EKS Auto Mode starts. Default: no Auto Mode.

    Raises:
        UsageError: No kubectl that fits its version is installed.
    """
    key = kms.Key(
        scope,
        f"{construct_id}Secrets",
        description=f"Kubernetes secrets of {plan.name}",
        enable_key_rotation=True,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    cluster = eks.Cluster(
        scope,
        construct_id,
        cluster_name=plan.name,
        version=eks.KubernetesVersion.of(plan.kubernetes.version),
        vpc=network.vpc,
        vpc_subnets=[_private(network)],
        endpoint_access=_endpoint(plan.network.ssh_from_internet),
        secrets_encryption_key=key,
        cluster_logging=_LOGS,
        bootstrap_self_managed_addons=False,
        **_capacity(auto_mode_role),
        kubectl_provider_options=eks.KubectlProviderOptions(
            kubectl_layer=kubectl_layer(scope, f"{construct_id}Kubectl", plan.kubernetes.version),
            memory=cdk.Size.gibibytes(2),
        ),
    )
    _acknowledge(cluster)
    _open_to_campus(scope, cluster, plan.network.ssh_from_within)
    return cluster


def _private(network: ClusterNetwork) -> ec2.SubnetSelection:
    return ec2.SubnetSelection(subnets=network.vpc.private_subnets)


def _capacity(auto_mode_role: iam.IRole | None) -> dict[str, Any]:
    """No nodes yet; or EKS Auto Mode, whose own node pools are for the cluster's pods alone."""
    if auto_mode_role is None:
        return {
            "default_capacity_type": eks.DefaultCapacityType.NODEGROUP,
            "default_capacity": 0,
        }
    return {
        "default_capacity_type": eks.DefaultCapacityType.AUTOMODE,
        "compute": eks.ComputeConfig(node_pools=["system"], node_role=auto_mode_role),
    }


def _endpoint(blocks: tuple[str, ...]) -> eks.EndpointAccess:
    """EKS takes no private block for its public endpoint (user guide, cluster-endpoint)."""
    if not blocks:
        return eks.EndpointAccess.PRIVATE
    return eks.EndpointAccess.PUBLIC_AND_PRIVATE.only_from(*blocks)


def _open_to_campus(scope: Construct, cluster: eks.Cluster, blocks: tuple[str, ...]) -> None:
    """Private addresses reach the API server by its interfaces in the VPC, which nodes share."""
    for block in blocks:
        ec2.CfnSecurityGroupIngress(
            scope,
            f"Administrators{block}",
            group_id=cluster.cluster_security_group_id,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            cidr_ip=block,
            description="kubectl from network.ssh_from",
        )


def grant_access(scope: Construct, cluster: eks.ICluster, plan: PcsPlan) -> None:
    """Access entries: administrators for everything, roles of tenants as the groups of viewers.

    What a group may see is said by a RoleBinding in its namespace.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for slurm in plan.clusters:
        for role in slurm.iam_roles:
            groups[role].append(f"petal:{slurm.namespace}")
    roles = dict.fromkeys([*plan.kubernetes.admin_roles, *groups])
    for role in roles:
        eks.CfnAccessEntry(
            scope,
            f"Access{role.split(':', 4)[-1]}",
            cluster_name=cluster.cluster_name,
            principal_arn=role,
            kubernetes_groups=groups.get(role),
            access_policies=[_administration(scope)]
            if role in plan.kubernetes.admin_roles
            else None,
        )


def _administration(scope: Construct) -> eks.CfnAccessEntry.AccessPolicyProperty:
    partition = cdk.Stack.of(scope).partition
    return eks.CfnAccessEntry.AccessPolicyProperty(
        policy_arn=f"arn:{partition}:eks::aws:cluster-access-policy/{_ADMINISTRATOR}",
        access_scope=eks.CfnAccessEntry.AccessScopeProperty(type="cluster"),
    )


def _acknowledge(cluster: eks.Cluster) -> None:
    """Accept what the CDK makes and what it misses, each with its reason."""
    cdk.Annotations.of(cluster).acknowledge_warning(
        "@aws-cdk/aws-eks:clusterMustManuallyTagSubnet",
        "the load balancer controller finds subnets without tags by their routes",
    )
    acknowledge(cluster, {"EKS1": "kubectl from network.ssh_from, and IAM says who may do what"})
    acknowledge_aws_policies(cluster, _CONTROL_PLANE_POLICIES, "what EKS asks of its own role")
    acknowledge_kubectl(cluster)
