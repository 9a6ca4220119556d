"""Plan -> the cluster configuration that AWS ParallelCluster reads; CDK tokens come in as text."""

from __future__ import annotations

from typing import Any

from petal_constructs.platforms.parallelcluster.accounting_config import (
    DatabaseReferences,
    accounting_lines,
    accounting_settings,
)
from petal_constructs.platforms.parallelcluster.directory_config import directory_section
from petal_constructs.platforms.parallelcluster.login_config import login_nodes
from petal_constructs.platforms.parallelcluster.node_config import (
    References,
    action,
    iam,
    more_groups,
    root_volume,
)
from petal_constructs.platforms.parallelcluster.queue_config import slurm_queue
from petal_constructs.platforms.parallelcluster.roles import roles_section
from petal_constructs.platforms.parallelcluster.storage_config import shared_storage
from petal_constructs.platforms.parallelcluster.token_config import on_start, token_settings
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan, Watch
from petal_constructs.render.queue_images import TASK_PROLOG


def cluster_config(plan: ParallelClusterPlan, refs: References) -> dict[str, Any]:
    """The configuration, as the tree that its YAML file holds.

    Keys and limits: schema of aws-parallelcluster 3.16.1, 2026-11-22.
    """
    return {
        "Region": plan.region,
        "Image": {"Os": plan.os, **({"CustomAmi": plan.custom_ami} if plan.custom_ami else {})},
        "Imds": {"ImdsSupport": "v2.0"},
        "HeadNode": _head_node(plan, refs),
        **login_nodes(plan, refs),
        "Scheduling": {
            "Scheduler": "slurm",
            "SlurmSettings": _slurm_settings(plan, refs.database),
            "SlurmQueues": [slurm_queue(queue, refs) for queue in plan.queues],
        },
        "SharedStorage": shared_storage(plan, refs.storage),
        **directory_section(plan.directory),
        **roles_section(plan.roles),
        **({"Monitoring": watched} if (watched := _monitoring(plan.watch)) else {}),
        **(
            {"Tags": [{"Key": key, "Value": value} for key, value in plan.tags]}
            if plan.tags
            else {}
        ),
    }


def _slurm_settings(
    plan: ParallelClusterPlan, database: DatabaseReferences | None
) -> dict[str, Any]:
    # The seed's own lines come last: what stands twice in slurm.conf has its last value.
    # No task with a TaskProlog starts in a container of pyxis: render/queue_images.py.
    prolog = [("TaskProlog", TASK_PROLOG)] if plan.shown_images and not plan.pyxis else []
    tokens = token_settings(plan)
    lines = (*accounting_lines(plan), *prolog, *tokens, *plan.slurm_settings)
    custom = [{key: value} for key, value in lines]
    return {
        "QueueUpdateStrategy": "DRAIN",
        **accounting_settings(plan, database),
        **({"CustomSlurmSettings": custom} if custom else {}),
    }


def _monitoring(watch: Watch) -> dict[str, Any]:
    days = watch.log_retention_days
    closely = {
        "DetailedMonitoring": True,
        "Dashboards": {"CloudWatch": {"Enabled": True}},
        "Alarms": {"Enabled": True},
    }
    logs = {"Logs": {"CloudWatch": {"RetentionInDays": days}}}
    return {**(closely if watch.closely else {}), **(logs if days else {})}


def _head_node(plan: ParallelClusterPlan, refs: References) -> dict[str, Any]:
    key = {"KeyName": plan.network.key_name} if plan.network.key_name else {}
    # An address of its own: one from the subnet would change whenever the head node is stopped.
    address = {"ElasticIp": True} if refs.head_is_public else {}
    database = refs.database.security_group if refs.database else None
    more = more_groups(
        refs.ssh_security_group, refs.storage.security_group, database, refs.submit_group
    )
    return {
        "InstanceType": plan.head_node.instance_type,
        "Networking": {"SubnetId": refs.head_subnet, **address, **more},
        # AllowedIps takes one block; a security group of petal's own lets in the others.
        "Ssh": {**key, "AllowedIps": plan.network.ssh_from[0]},
        "LocalStorage": {
            # It outlives the cluster where it holds /home.
            "RootVolume": {
                **root_volume(plan.head_node.root_volume_gib),
                "DeleteOnTermination": plan.homes is not None,
            }
        },
        "CustomActions": {
            **on_start(plan, refs),
            # Never changes: ParallelCluster refuses it. What changes is in OnNodeUpdated.
            "OnNodeConfigured": action(refs, "head"),
            "OnNodeUpdated": action(refs, "head", refs.boot_hash),
        },
        "Iam": iam(*refs.policies, *refs.head_policies),
        "Imds": {"Secured": True},
    }
