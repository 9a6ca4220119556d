"""What of a cluster lies outside petal's stack, or outlives it."""

from __future__ import annotations

from petal_constructs.plan.values import SharedFolder
from petal_constructs.platforms.pcs.values import STACK_PREFIX, PcsPlan


def kept(plan: PcsPlan) -> tuple[str, ...]:
    """What stays when the cluster is deleted, and when its creation fails and is rolled back.

    Sources: removal policies in `constructs/storage.py` and `constructs/database.py`; the CDK
    retains the log groups of its functions, and Amazon EKS that of the control plane.
    """
    logs = f"/aws/eks/{plan.name}/cluster, /aws/lambda/petal-{plan.name}..."
    return (
        *(_folder(plan, folder) for folder in plan.folders if folder.keep and folder.id is None),
        *(["job records: the last snapshot of the RDS database"] if plan.accounting else []),
        f"logs: CloudWatch log groups {logs}",
    )


def _folder(plan: PcsPlan, folder: SharedFolder) -> str:
    kind = "EFS" if folder.kind == "efs" else f"FSx for Lustre, {folder.size_gib} GiB,"
    tag = f"tag Name={STACK_PREFIX}{plan.name} {folder.name}"
    return f"{folder.mount_point}: {kind} file system, {tag}"


def other_stacks(_: PcsPlan) -> tuple[str, ...]:
    """None: everything is in petal's own stack."""
    return ()
