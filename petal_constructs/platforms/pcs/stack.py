"""The stack: Slurm on Amazon EKS, with what a person needs to reach it as outputs."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from petal_constructs.platforms import Plan
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.construct import Base, PcsEks
from petal_constructs.platforms.pcs.values import SlurmCluster, as_pcs

_ADDRESS_WITHIN = cdk.Duration.minutes(10)
"""Until a load balancer has its name."""


class PcsEksStack(cdk.Stack):
    """A stack that holds one `PcsEks`, tagged as the seed says.

    Args:
        scope: The app.
        construct_id: Id, and default name, of the stack.
        plan: What to build.
        vpc: Network to build in. Default: as the plan says.
        existing: EKS cluster to use. Default: a new one.

    Raises:
        UsageError: The plan is for another platform, or no kubectl fits the cluster's version.

    Attributes:
        hpc: The construct.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: Plan,
        vpc: ec2.IVpc | None = None,
        existing: Base | None = None,
    ) -> None:
        wanted = as_pcs(plan)
        super().__init__(
            scope,
            construct_id,
            env=cdk.Environment(region=wanted.region),
            description=f"petal: HPC cluster {wanted.name}, Slurm on Amazon EKS",
            tags=dict(wanted.tags),
            suppress_template_indentation=True,  # a twelfth of what CloudFormation takes
        )
        self.hpc = PcsEks(self, "Cluster", plan=wanted, vpc=vpc, existing=existing)
        for name, (value, description) in outputs(self, self.hpc).items():
            cdk.CfnOutput(self, name, value=value, description=description)


def outputs(scope: Construct, hpc: PcsEks) -> dict[str, tuple[str, str]]:
    """What a person needs to reach it: name -> value and description.

    Args:
        scope: Construct that what asks for addresses is part of.
        hpc: The cluster.
    """
    plan, name = hpc.plan, hpc.cluster.cluster_name
    kubeconfig = f"aws eks update-kubeconfig --region {plan.region} --name {name}"
    namespaces = ", ".join(cluster.namespace for cluster in plan.clusters)
    found = {
        "KubeconfigCommand": (kubeconfig, "Administer the cluster with kubectl"),
        "Namespaces": (namespaces, "Kubernetes namespaces with a Slurm"),
    }
    if plan.budget is not None:
        what = "Activate it as a cost allocation tag: the budget counts by it"
        found["BudgetTag"] = (plan.budget.tag[0], what)
    for cluster in plan.clusters:
        suffix = "" if cluster.tenant is None else cluster.tenant.title().replace("-", "")
        address = _login_address(scope, hpc, cluster)
        found[f"LoginAddress{suffix}"] = (address, f"Login node of {cluster.namespace}")
        keys = [user.name for user in cluster.users if user.ssh_public_keys]
        if keys:
            command = f"ssh {keys[0]}@{address}"
            found[f"SshCommand{suffix}"] = (command, "Log in with your key")
    return found


def _login_address(scope: Construct, hpc: PcsEks, cluster: SlurmCluster) -> str:
    found = eks.KubernetesObjectValue(
        scope,
        f"Login-{cluster.namespace}",
        cluster=hpc.cluster,
        object_type="service",
        object_name=names.LOGIN,
        object_namespace=cluster.namespace,
        json_path=".status.loadBalancer.ingress[0].hostname",
        timeout=_ADDRESS_WITHIN,
    )
    found.node.add_dependency(hpc.slurm.installed[cluster.namespace])
    return found.value
