"""What of a cluster lies outside petal's stack, or outlives it."""

from __future__ import annotations

from petal_constructs.plan import folders
from petal_constructs.plan.values import SharedFolder
from petal_constructs.platforms import STACK_PREFIX
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan


def kept(plan: ParallelClusterPlan) -> tuple[str, ...]:
    """What stays when the cluster is deleted, and when its creation fails and is rolled back.

    Sources: `DeletionPolicy` and `DeleteOnTermination` in `config.py`; aws-parallelcluster 3.16.1,
    2026-11-22: tags of the stack, and log groups that are retained unless told otherwise; its
    provider's template (text of 3.13.1) and the CDK's, which retain those of their functions.
    """
    logs = (
        f"/aws/parallelcluster/{plan.name}-...",
        "/aws/lambda/pcluster-...",
        "/aws/lambda/petal-...",
    )
    disk = plan.head_node.root_volume_gib
    tag = f"tag parallelcluster:cluster-name={plan.name}"
    return (
        f"{plan.volume.mount_dir}: EC2 volume, gp3, {plan.volume.size_gib} GiB, {tag}",
        *([] if plan.homes else [f"/home: EC2 volume, the head node's disk, {disk} GiB, {tag}"]),
        *(folders.kept(folder, _tag(plan, folder)) for folder in plan.shared if not folder.id),
        *(["job records: the last snapshot of the RDS database"] if plan.accounting else []),
        f"logs: CloudWatch log groups {', '.join(logs)}",
    )


def _tag(plan: ParallelClusterPlan, folder: SharedFolder) -> str:
    """A volume has ParallelCluster's tag, a file system the name that petal gave it."""
    if folder.kind == "ebs":
        return f"parallelcluster:cluster-name={plan.name}"
    return f"Name={STACK_PREFIX}{plan.name} {folder.name}"


def other_stacks(plan: ParallelClusterPlan) -> tuple[str, ...]:
    """ParallelCluster's own stack, which has the name of the cluster."""
    return (plan.name,)
