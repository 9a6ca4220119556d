"""What of a cluster lies outside petal's stack, or outlives it."""

from __future__ import annotations

from petal_constructs.plan import folders
from petal_constructs.platforms import STACK_PREFIX
from petal_constructs.platforms.pcs.values import PcsPlan


def kept(plan: PcsPlan) -> tuple[str, ...]:
    """What stays when the cluster is deleted, and when its creation fails and is rolled back.

    Sources: removal policies in `constructs/storage.py` and `constructs/database.py`; the CDK
    retains the log groups of its functions, and Amazon EKS that of the control plane.
    """
    logs = f"/aws/eks/{plan.name}/cluster, /aws/lambda/petal-{plan.name}..."
    return (
        *(
            folders.kept(folder, f"Name={STACK_PREFIX}{plan.name} {folder.name}")
            for folder in plan.folders
            if folder.id is None
        ),
        *(["job records: the last snapshot of the RDS database"] if plan.accounting else []),
        f"logs: CloudWatch log groups {logs}",
    )


def other_stacks(_: PcsPlan) -> tuple[str, ...]:
    """None: everything is in petal's own stack."""
    return ()
