"""The stack: both sides of a hybrid cluster, with what a person needs to reach them as outputs."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from petal_constructs.platforms import Plan
from petal_constructs.platforms.hybrid.construct import HybridCluster
from petal_constructs.platforms.hybrid.values import as_hybrid
from petal_constructs.platforms.parallelcluster import stack as on_ec2
from petal_constructs.platforms.pcs import stack as on_eks


class HybridClusterStack(cdk.Stack):
    """A stack that holds one `HybridCluster`, tagged as the seed says.

    Args:
        scope: The app.
        construct_id: Id, and default name, of the stack. It must differ from the cluster's name,
            which ParallelCluster takes for a stack of its own.
        plan: What to build.
        vpc: Network to build in. Default: as the plan says.

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
    ) -> None:
        wanted = as_hybrid(plan)
        super().__init__(
            scope,
            construct_id,
            env=cdk.Environment(region=wanted.region),
            description=f"petal: HPC cluster {wanted.name}, ParallelCluster and Slurm on EKS",
            tags=dict(wanted.parallelcluster.tags),
            suppress_template_indentation=True,
        )
        self.hpc = HybridCluster(self, "Cluster", plan=wanted, vpc=vpc)
        on_ec2.acknowledge_runtime(self)
        found = on_ec2.outputs(self.hpc.parallelcluster)
        of_pcs = on_eks.outputs(self, self.hpc.pcs)
        found |= {f"Pcs{name}" if name in found else name: told for name, told in of_pcs.items()}
        for name, (value, description) in found.items():
            cdk.CfnOutput(self, name, value=value, description=description)
