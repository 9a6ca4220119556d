"""The stack: one ParallelCluster, with what a person needs to reach it as outputs."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from petal_constructs.constructs.acknowledge import CDKS_OWN, acknowledge
from petal_constructs.platforms import Plan
from petal_constructs.platforms.parallelcluster.construct import ParallelCluster
from petal_constructs.platforms.parallelcluster.values import as_parallelcluster

SESSION = "aws ssm start-session"


class ParallelClusterStack(cdk.Stack):
    """A stack that holds one `ParallelCluster`, tagged as the seed says.

    Args:
        scope: The app.
        construct_id: Id, and default name, of the stack. It must differ from the cluster's name,
            which ParallelCluster takes for a stack of its own.
        plan: What to build.
        vpc: Network to build in. Default: as the plan says.
        encryption_key: Key for the shared volume and the script bucket. Default: AWS's own keys.

    Raises:
        UsageError: The plan is for another platform.

    Attributes:
        cluster: The cluster.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: Plan,
        vpc: ec2.IVpc | None = None,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        wanted = as_parallelcluster(plan)
        super().__init__(
            scope,
            construct_id,
            env=cdk.Environment(region=wanted.region),
            description=f"petal: HPC cluster {wanted.name} on AWS ParallelCluster",
            tags=dict(wanted.tags),
        )
        self.cluster = ParallelCluster(
            self, "Cluster", plan=wanted, vpc=vpc, encryption_key=encryption_key
        )
        acknowledge_runtime(self)
        for name, (value, description) in outputs(self.cluster).items():
            cdk.CfnOutput(self, name, value=value, description=description)


def acknowledge_runtime(stack: cdk.Stack) -> None:
    """Accept the runtime of functions that copy the node scripts."""
    acknowledge(stack, {"L1": f"{CDKS_OWN}; the CDK chooses its runtime"})


def outputs(cluster: ParallelCluster) -> dict[str, tuple[str, str]]:
    """What a person needs to reach it: name -> value and description."""
    plan, address = cluster.plan, cluster.head_node_address
    session = f"{SESSION} --region {plan.region} --target {cluster.head_node_instance_id}"
    found = {
        "HeadNodeAddress": (address, "Address of the head node"),
        "SessionCommand": (session, "Log in as an administrator, without a key"),
    }
    logins = cluster.login_addresses
    for number, (pool, name) in enumerate(zip(plan.login_nodes, logins, strict=True), 1):
        found[f"LoginAddress{number}"] = (name, f"Address of the login nodes {pool.name}")
    if plan.login is not None:
        where = next(iter(logins), address)
        found["SshCommand"] = (f"ssh {plan.login}@{where}", "Log in with your key")
    if plan.watch.closely:
        found["Dashboard"] = (plan.dashboard, "Name of the dashboard in CloudWatch")
    if plan.budget is not None:
        what = "Activate it as a cost allocation tag: the budget counts by it"
        found["BudgetTag"] = (plan.budget.tag[0], what)
    return found
