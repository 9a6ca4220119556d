"""Plan -> every text that it stands for, with placeholders where AWS gives ids later."""

from __future__ import annotations

from itertools import chain

import yaml

from petal_constructs.catalog import regions
from petal_constructs.catalog.containers import CONTAINERS
from petal_constructs.plan.bucket_access import file_statements, mount_statements, packed
from petal_constructs.platforms.parallelcluster.accounting_config import DatabaseReferences
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.node_config import References
from petal_constructs.platforms.parallelcluster.storage_config import StorageReferences
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan
from petal_constructs.render import node
from petal_constructs.render.accounts import accounts_files
from petal_constructs.render.containers import container_files
from petal_constructs.render.pyxis import pyxis_files
from petal_constructs.render.submission import submission_files

CONFIG_FILE = "cluster-config.yaml"
NODE_FOLDER = "node"
_SOME_ID = 0x0123456789ABCDEF0
_ZONES = 3
"""Most of a new VPC."""


def files(plan: ParallelClusterPlan) -> dict[str, str]:
    """Relative path -> text: the cluster configuration, and the files that nodes read."""
    config = yaml.safe_dump(cluster_config(plan, placeholders(plan)), sort_keys=False)
    head = (
        "# Subnets, bucket and policies are placeholders: the stack fills in those that it makes.\n"
    )
    return {CONFIG_FILE: head + config} | {
        f"{NODE_FOLDER}/{path}": text for path, text in node_files(plan).items()
    }


def node_files(plan: ParallelClusterPlan) -> dict[str, str]:
    """The files below `scripts_prefix`, by relative path."""
    records = accounts_files(plan.slurm_name, plan.accounts) if plan.accounting else {}
    containers = container_files(
        plan.images,
        plan.mount_points,
        CONTAINERS.apptainer,
        folder=f"{plan.volume.mount_dir}/containers",
        shown=plan.shown_images,
    )
    containers |= pyxis_files() if plan.pyxis else {}
    submission = submission_files(plan.submission, plan.region)
    return node.node_files(
        plan.users, plan.s3_mounts, plan.software, records, containers, submission
    )


def scripts_prefix(plan: ParallelClusterPlan) -> str:
    """Key prefix of the node files: fixed, since ParallelCluster refuses a head node's new one."""
    return f"petal/{plan.name}"


def _database(plan: ParallelClusterPlan) -> DatabaseReferences | None:
    if not plan.accounting:
        return None
    partition = regions.partition_of(plan.region)
    arn = f"arn:{partition.name if partition else 'aws'}:secretsmanager:{plan.region}"
    return DatabaseReferences(
        address="placeholder.rds.internal:3306",
        user="slurm",
        secret_arn=f"{arn}:123456789012:secret:placeholder-AbCdEf",
        security_group="sg-0123456789abcdef2",
    )


def _policies(plan: ParallelClusterPlan, arn: str) -> tuple[str, ...]:
    """As many as the rights of nodes fill: one more is a change of the configuration."""
    mounts = (mount_statements(bucket, "aws") for bucket in plan.buckets)
    reading = file_statements("arn:aws:s3:::petal-placeholder", scripts_prefix(plan))
    count = len(packed([*reading, *chain.from_iterable(mounts)]))
    return (arn, *(f"{arn}-{number}" for number in range(2, count + 1)))


def placeholders(plan: ParallelClusterPlan) -> References:
    """References of the right form for a configuration that is shown or checked, not deployed."""
    partition = regions.partition_of(plan.region)
    arn = f"arn:{partition.name if partition else 'aws'}:iam::"
    network = plan.network
    public = "subnet-0123456789abcdef0"
    private = tuple(f"subnet-{_SOME_ID + 1 + zone:017x}" for zone in range(_ZONES))
    policy = f"{arn}123456789012:policy{plan.roles.policy_path}placeholder"
    return References(
        head_subnet=(network.public_subnet_ids or network.private_subnet_ids or (public,))[0],
        private_subnets=network.private_subnet_ids or private,
        scripts=f"s3://petal-placeholder/{scripts_prefix(plan)}",
        policies=_policies(plan, policy),
        head_policies=(f"{arn}aws:policy/AmazonSSMManagedInstanceCore",),
        script_policies=(f"{policy}-scripts",) if plan.script_urls else (),
        boot_hash=node.boot_hash(),
        database=_database(plan),
        storage=StorageReferences(
            made={f.name: f"fs-{_SOME_ID + n:017x}" for n, f in enumerate(plan.made)},
            security_group="sg-0123456789abcdef1" if plan.made else None,
        ),
        head_is_public=network.vpc_id is None or bool(network.public_subnet_ids),
        submit_group="sg-0123456789abcdef3" if plan.submission else None,
        ssh_security_group="sg-0123456789abcdef0" if len(network.ssh_from) > 1 else None,
    )
