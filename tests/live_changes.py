"""Changes of a seed whose cluster runs, each with what it does: one table for several judges."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from petal_constructs.planning import check_seed
from petal_constructs.seed import load, source
from petal_constructs.seed.model import Seed

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGU7N2QHsFgYVDZuhqRS1hWw/3ZUbhjVKNRhEI3DVpnk"
SEED = yaml.safe_load(f"""
cluster: {{name: lab, region: us-east-1, tags: {{project: genes, owner: ada}}}}
compute:
  head_node: m7i.2xlarge
  queues:
    - {{name: small, instance_types: [c5.4xlarge, c6i.4xlarge], max_count: 10}}
    - {{name: solve, instance_types: [c6in.32xlarge], max_count: 8, efa: true, max_time: 2-0}}
    - {{name: fast, instance_types: [c6in.32xlarge], max_count: 8}}
    - {{name: spot, instance_types: [m7i.2xlarge], min_count: 1, capacity_type: SPOT}}
    - name: tuned
      instance_types: [c7i.4xlarge]
      scripts: [{{script: "s3://site/tune.sh", args: [--slow]}}]
    - {{name: train, instance_types: [g6.4xlarge], max_count: 2}}
software: {{spack_packages: [samtools@1.17, bwa@0.7.17]}}
users:
  - {{name: ada, uid: 5001, gid: 5001, ssh_public_keys: ["{KEY} ada"]}}
  - {{name: bob, uid: 5002, gid: 5002}}
data:
  s3_mounts:
    - {{bucket: genes-reads, mount_point: /shared/reads}}
    - {{bucket: genes-results, mount_point: /shared/results}}
  shared:
    - {{name: work, type: efs, mount_point: /work}}
    - {{name: scratch, type: fsx-lustre, mount_point: /scratch, size_gib: 2400, keep: false}}
    - {{name: tools, type: ebs, mount_point: /tools, size_gib: 100}}
    - {{name: cache, type: ebs, mount_point: /cache, size_gib: 100, keep: false}}
accounting: true
network: {{ssh_from: [192.0.2.0/24, 198.51.100.0/24], zones: [us-east-1a, us-east-1b]}}
""")
"""Six queues: of one size and two types, with EFA, plain on the same type, spot, a script, GPUs."""

BOUNDARY = "arn:aws:iam::123456789012:policy/Limit"
PROVIDER = "arn:aws:lambda:us-east-1:123456789012:function:pcluster-cfn-1"
DIRECTORY = {
    "domain": "corp.example.org",
    "addresses": ["ldaps://corp.example.org"],
    "reader": "CN=Reader,OU=Users,DC=corp,DC=example,DC=org",
    "password_secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:reader-AbCdEf",
}

Edits = dict[str, Any]
"""Dotted path -> new value, None to take it out; a number steps into a list, `+` adds to one."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A change and its consequence."""

    name: str
    consequence: str
    edits: Edits
    update: str = ""
    """What the update of the cluster alone does. Default: the same."""

    def __str__(self) -> str:
        return self.name


def _queue(name: str, **more: Any) -> Edits:
    return {"compute.queues.+": {"name": name, "instance_types": ["c7i.4xlarge"], **more}}


ROWS = (
    Row("queue added", "live", _queue("added")),
    Row("max_count raised", "live", {"compute.queues.0.max_count": 12}),
    Row(
        "min_count raised with max_count",
        "live",
        {"compute.queues.0.min_count": 2, "compute.queues.0.max_count": 12},
    ),
    Row(
        "min_count raised above the old max_count",
        "live",
        {"compute.queues.0.min_count": 12, "compute.queues.0.max_count": 24},
    ),
    Row(
        "type of the same size added",
        "live",
        {"compute.queues.0.instance_types": ["c5.4xlarge", "c6i.4xlarge", "c7i.4xlarge"]},
    ),
    Row(
        "types of a size in another order",
        "live",
        {"compute.queues.0.instance_types": ["c6i.4xlarge", "c5.4xlarge"]},
    ),
    Row("max_time set", "live", {"compute.queues.0.max_time": 60}),
    Row("max_time changed", "live", {"compute.queues.1.max_time": "3-0"}),
    Row("max_time lifted", "live", {"compute.queues.1.max_time": None}),
    Row("another default queue", "live", {"compute.queues.3.default": True}),
    Row("tag of a queue", "drain", {"compute.queues.0.tags": {"grant": "nsf"}}),
    Row(
        "script of a queue",
        "drain",
        {"compute.queues.0.scripts": [{"script": "s3://site/tune.sh"}]},
    ),
    Row(
        "first script of a queue",
        "drain",
        {"compute.queues.0.scripts": [{"script": "s3://site/disks.sh", "when": "start"}]},
    ),
    Row("script with other arguments", "drain", {"compute.queues.4.scripts.0.args": ["--fast"]}),
    Row("script removed", "drain", {"compute.queues.4.scripts": None}),
    Row("queue in another zone", "drain", {"compute.queues.0.zones": ["us-east-1b"]}),
    Row("queue in all zones", "drain", {"compute.queues.4.zones": ["us-east-1a", "us-east-1b"]}),
    Row(
        "queue in a group of reservations",
        "drain",
        {
            "compute.queues.0.capacity_reservation": (
                "arn:aws:resource-groups:us-east-1:123456789012:group/pool"
            )
        },
    ),
    Row(
        "queue in one reservation",
        "stop",
        {"compute.queues.2.capacity_reservation": "cr-0123456789abcdef0"},
    ),
    Row("GPUs tested", "live", {"compute.queues.5.gpu_health_check": True}),
    Row("EFA without a placement group", "stop", {"compute.queues.1.placement_group": False}),
    Row("tag added", "live", {"cluster.tags.cost": "42"}),
    Row("tag changed", "live", {"cluster.tags.owner": "bob"}),
    Row("tag removed", "live", {"cluster.tags.owner": None}),
    Row("SSH from another block", "live", {"network.ssh_from.0": "203.0.113.0/24"}),
    Row("SSH from a further block", "live", {"network.ssh_from.+": "203.0.113.0/24"}),
    Row("SSH from one block alone", "live", {"network.ssh_from.1": None}),
    Row("user added", "live", {"users.+": {"name": "eve", "uid": 5003, "gid": 5003}}),
    Row("user removed", "live", {"users.1": None}),
    Row("key added", "live", {"users.1.ssh_public_keys": [f"{KEY} bob"]}),
    Row("key removed", "live", {"users.0.ssh_public_keys": None}),
    Row("package added", "live", {"software.spack_packages.+": "gatk"}),
    Row("package removed", "live", {"software.spack_packages.1": None}),
    Row(
        "bucket added",
        "live",
        {"data.s3_mounts.+": {"bucket": "more-reads", "mount_point": "/shared/more"}},
    ),
    Row("bucket removed", "live", {"data.s3_mounts.1": None}),
    Row("bucket read-only", "live", {"data.s3_mounts.0.read_only": True}),
    Row("part of a bucket", "live", {"data.s3_mounts.0.prefix": "2026"}),
    Row("bucket in another folder", "live", {"data.s3_mounts.0.mount_point": "/shared/input"}),
    Row(
        "so many buckets that nodes need another policy",
        "live",
        {
            "data.s3_mounts": [
                {
                    "bucket": f"a-bucket-with-a-rather-long-name-{n}",
                    "mount_point": f"/shared/bucket{n}",
                }
                for n in range(40)
            ]
        },
    ),
    Row("budget set", "live", {"budget": 5000}),
    Row("permissions boundary set", "live", {"cluster.permissions_boundary": BOUNDARY}),
    Row("resource prefix set", "refused", {"cluster.resource_prefix": "lab-"}),
    Row("another provider", "refused", {"cluster.provider": PROVIDER}, "live"),
    Row("directory in place of users", "stop", {"users": None, "directory": DIRECTORY}),
    Row("spot", "drain", {"compute.queues.0.capacity_type": "SPOT"}),
    Row("allocation strategy", "drain", {"compute.queues.0.allocation_strategy": "prioritized"}),
    Row("EFA switched on", "drain", {"compute.queues.2.efa": True}),
    Row("placement group switched on", "drain", {"compute.queues.2.placement_group": True}),
    Row(
        "a drain beside something live",
        "drain",
        {"compute.queues.3.capacity_type": "ONDEMAND", "cluster.tags.cost": "42"},
    ),
    Row("queue removed", "stop", {"compute.queues.2": None}),
    Row("queue renamed", "stop", {"compute.queues.2.name": "renamed"}),
    Row("queue switched off", "stop", {"compute.queues.2.max_count": 0}),
    Row("max_count lowered", "stop", {"compute.queues.0.max_count": 8}),
    Row("min_count raised alone", "stop", {"compute.queues.0.min_count": 2}),
    Row("min_count lowered", "stop", {"compute.queues.3.min_count": 0}),
    Row(
        "min_count raised more than max_count",
        "stop",
        {"compute.queues.0.min_count": 4, "compute.queues.0.max_count": 12},
    ),
    Row("type removed", "stop", {"compute.queues.0.instance_types": ["c5.4xlarge"]}),
    Row(
        "type of another size instead", "stop", {"compute.queues.0.instance_types": ["c5.9xlarge"]}
    ),
    Row(
        "type of another size beside",
        "stop",
        {"compute.queues.0.instance_types": ["c5.4xlarge", "c6i.4xlarge", "c5.9xlarge"]},
    ),
    Row("EFA switched off, and its placement group", "stop", {"compute.queues.1.efa": False}),
    Row("placement group switched off", "stop", {"compute.queues.1.placement_group": False}),
    Row("monitoring", "stop", {"monitoring": True}),
    Row("head node", "refused", {"compute.head_node": "m7i.4xlarge"}),
    Row("operating system", "refused", {"cluster.os": "ubuntu2404"}),
    Row("key pair", "refused", {"network.key_name": "lab"}),
    Row("zones", "refused", {"network.zones": ["us-east-1c", "us-east-1d"]}),
    Row("second zone alone", "refused", {"network.zones": ["us-east-1a", "us-east-1d"]}),
    Row("a third zone", "refused", {"network.zones.+": "us-east-1c"}),
    Row(
        "existing network",
        "refused",
        {
            "network": {
                "vpc_id": "vpc-0123456789abcdef0",
                "private_subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
                "ssh_from": ["192.0.2.0/24"],
            }
        },
    ),
    Row("another image", "refused", {"cluster.custom_ami": "ami-0123456789abcdef0"}),
    Row(
        "new EFS",
        "live",
        {"data.shared.+": {"name": "more", "type": "efs", "mount_point": "/more"}},
    ),
    Row("FSx for Lustre grown", "live", {"data.shared.1.size_gib": 4800}),
    Row("file system no longer kept", "live", {"data.shared.0.keep": False}),
    Row("volume no longer kept", "live", {"data.shared.2.keep": False}),
    Row(
        "new volume",
        "drain",
        {"data.shared.+": {"name": "more", "type": "ebs", "mount_point": "/more", "size_gib": 50}},
    ),
    Row("volume of another size", "refused", {"data.shared.2.size_gib": 200}),
    Row(
        "EFS at /home",
        "refused",
        {"data.shared.+": {"name": "homes", "type": "efs", "mount_point": "/home"}},
    ),
    Row("kept EFS removed", "replace", {"data.shared.0": None}, "live"),
    Row("kept volume removed", "replace", {"data.shared.2": None}, "drain"),
    Row("scratch removed", "data-loss", {"data.shared.1": None}, "live"),
    Row("volume removed that is not kept", "data-loss", {"data.shared.3": None}, "drain"),
    Row("tenant", "live", {"tenants": [{"name": "chem", "users": ["ada"], "quota": {"cpus": 64}}]}),
    Row("accounting off", "replace", {"accounting": None}, "stop"),
    Row("name", "replace", {"cluster.name": "lab2"}, "refused"),
    Row("region", "replace", {"cluster.region": "us-east-2", "network.zones": None}, "refused"),
)


WITH_LOGINS = SEED | {
    "compute": SEED["compute"]
    | {
        "login_nodes": [
            {"name": "login", "instance_type": "m6i.large", "count": 2},
            {"name": "idle", "instance_type": "m6i.large", "count": 0},
        ]
    }
}
"""The same cluster with login nodes: one pool that people work on, and one without nodes."""

MANY_MOUNTS = {
    "data.s3_mounts": [
        *SEED["data"]["s3_mounts"],
        *({"bucket": f"genes-{n:02}", "mount_point": f"/genes/{n:02}"} for n in range(30)),
    ]
}
"""More rights than one IAM policy holds."""

FIRST_POOL = {"compute.login_nodes": [{"name": "login", "instance_type": "m6i.large"}]}
LOGIN_ROWS = (
    Row(
        "pool added",
        "live",
        {"compute.login_nodes.+": {"name": "more", "instance_type": "m6i.large"}},
    ),
    Row("more login nodes", "live", {"compute.login_nodes.0.count": 3}),
    Row("fewer login nodes", "live", {"compute.login_nodes.0.count": 1}),
    Row("login nodes stopped", "live", {"compute.login_nodes.0.count": 0}),
    Row("login nodes started", "live", {"compute.login_nodes.1.count": 1}),
    Row("grace time", "live", {"compute.login_nodes.0.gracetime_minutes": 60}),
    Row("type of login nodes", "stop", {"compute.login_nodes.0.instance_type": "m6i.xlarge"}),
    Row("type of stopped ones", "live", {"compute.login_nodes.1.instance_type": "m6i.xlarge"}),
    Row("pool renamed", "stop", {"compute.login_nodes.0.name": "front"}),
    Row("pool removed", "stop", {"compute.login_nodes.0": None}),
    Row("all pools removed", "stop", {"compute.login_nodes": None}),
    Row("another first block of SSH", "live", {"network.ssh_from.0": "203.0.113.0/24"}),
    Row("SSH from one block alone", "stop", {"network.ssh_from.1": None}),
    Row("mounts for one more IAM policy", "stop", MANY_MOUNTS),
    Row("user added", "live", {"users.+": {"name": "eve", "uid": 5003, "gid": 5003}}),
    Row(
        "new EFS",
        "live",
        {"data.shared.+": {"name": "more", "type": "efs", "mount_point": "/more"}},
    ),
    Row(
        "new volume",
        "stop",
        {"data.shared.+": {"name": "more", "type": "ebs", "mount_point": "/more", "size_gib": 50}},
    ),
    Row("kept volume removed", "replace", {"data.shared.2": None}, "stop"),
)


def seed_of(tree: dict[str, Any]) -> Seed:
    """The seed that YAML of this tree would be; it has no errors."""
    decoded = source.decode("seed.yaml", yaml.safe_dump(tree).encode())
    assert isinstance(decoded, source.Source)
    seed = load.inspect_source(decoded, environment={}).unwrap()
    assert not [problem for problem in check_seed(seed) if problem.is_error]
    return seed


@lru_cache
def before() -> Seed:
    """The seed of the cluster that runs."""
    return seed_of(SEED)


def after(edits: Edits, seed: dict[str, Any] = SEED) -> Seed:
    """The same, or another seed, with some edits."""
    tree = copy.deepcopy(seed)
    for path, value in edits.items():
        _edit(tree, path.split("."), value)
    return seed_of(tree)


def _edit(tree: Any, steps: list[str], value: Any) -> None:
    step, *rest = (int(step) if step.isdigit() else step for step in steps)
    if rest:
        inner = tree[step] if isinstance(tree, list) else tree.setdefault(step, {})
        _edit(inner, [str(step) for step in rest], value)
    elif step == "+":
        tree.append(value)
    elif value is None:
        del tree[step]
    else:
        tree[step] = value
