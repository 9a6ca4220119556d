"""Changes of a seed whose cluster runs on Amazon EKS, each with what it does."""

from __future__ import annotations

from typing import Any

import yaml

from tests import further_changes
from tests.live_changes import KEY, Row

SEED: dict[str, Any] = yaml.safe_load(f"""
cluster: {{name: lab, region: us-east-1, platform: pcs, tags: {{project: genes}}}}
compute:
  queues:
    - {{name: small, instance_types: [c5.4xlarge, c6i.4xlarge], min_count: 1, max_count: 10}}
    - {{name: mixed, instance_types: [c5.4xlarge, c5.9xlarge], max_count: 8, max_time: 2-0}}
    - {{name: solve, instance_types: [c6in.32xlarge], max_count: 8, efa: true}}
    - {{name: clinic, instance_types: [m7i.2xlarge], capacity_type: SPOT}}
users:
  - {{name: ada, uid: 5001, gid: 5001, ssh_public_keys: ["{KEY} ada"]}}
  - {{name: bob, uid: 5002, gid: 5002}}
data:
  s3_mounts: [{{bucket: genes-reads, mount_point: /shared/reads}}]
  shared:
    - {{name: home, type: efs, mount_point: /home}}
    - {{name: scratch, type: fsx-lustre, mount_point: /scratch, size_gib: 2400, keep: false}}
eks: {{version: "1.35", admin_roles: ["arn:aws:iam::123456789012:role/Admin"]}}
tenants:
  - {{name: chem, users: [ada], queues: [small], quota: {{cpus: 64, memory: 512Gi}}}}
  - {{name: clinic, users: [bob], queues: [clinic], isolation: dedicated}}
network: {{ssh_from: [192.0.2.0/24]}}
accounting: true
budget: 2000
alert_emails: [hpc@example.org]
""")
"""Queues of one size, of two, with EFA and of a dedicated tenant."""

IN_A_NETWORK: dict[str, Any] = {
    **SEED,
    "eks": {"version": "1.36"},
    "network": {
        "vpc_id": "vpc-0123456789abcdef0",
        "public_subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef3"],
        "private_subnets": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"],
        "ssh_from": ["192.0.2.0/24"],
    },
}
WITH_GROUPS: dict[str, Any] = {**SEED, "eks": {"karpenter": False, "version": "1.35"}}

ROLE = "arn:aws:iam::123456789012:role/Other"
BOUNDARY = "arn:aws:iam::123456789012:policy/Limit"
QUEUE = {"name": "added", "instance_types": ["c7i.4xlarge"]}
SCRATCH_AT = "data.shared.1"
SCRATCH = {f"{SCRATCH_AT}.size_gib": None}
TYPES = "compute.queues.0.instance_types"

ROWS = (
    Row("another name", "replace", {"cluster.name": "lab2"}),
    Row("another region", "replace", {"cluster.region": "us-east-2"}),
    Row("another tag", "live", {"cluster.tags.project": "cells"}),
    Row("permissions boundary", "live", {"cluster.permissions_boundary": BOUNDARY}),
    Row("queue added", "live", {"compute.queues.+": QUEUE}),
    Row("queue removed", "stop", {"compute.queues.2": None}),
    Row("max_count raised", "live", {"compute.queues.0.max_count": 12}),
    Row("max_count lowered", "live", {"compute.queues.0.max_count": 5}),
    Row("min_count raised", "live", {"compute.queues.0.min_count": 2}),
    Row("type of the same size added", "drain", {f"{TYPES}.+": "c7i.4xlarge"}),
    Row("type of another size added", "live", {f"{TYPES}.+": "c5.9xlarge"}),
    Row("a size removed", "stop", {"compute.queues.1.instance_types": ["c5.4xlarge"]}),
    Row("bought as Spot", "live", {"compute.queues.0.capacity_type": "SPOT"}),
    Row("EFA switched off", "drain", {"compute.queues.2.efa": False}),
    Row("EFA, on other nodes", "stop", {"compute.queues.0.efa": True, TYPES: ["c6in.32xlarge"]}),
    Row("placement group", "live", {"compute.queues.0.placement_group": True}),
    Row("max_time changed", "live", {"compute.queues.1.max_time": "3-0"}),
    Row("another default queue", "live", {"compute.queues.1.default": True}),
    Row("user added", "live", {"users.+": {"name": "eve", "uid": 5003, "gid": 5003}}),
    Row("user removed", "live", {"users.0": None, "tenants.0.users": ["bob"]}),
    Row("key changed", "live", {"users.0.ssh_public_keys": [f"{KEY} new"]}),
    Row("uid changed", "refused", {"users.0.uid": 6001}),
    Row("gid changed", "refused", {"users.0.gid": 6001}),
    Row(
        "bucket added",
        "drain",
        {"data.s3_mounts.+": {"bucket": "genes-results", "mount_point": "/shared/results"}},
    ),
    Row("another bucket", "drain", {"data.s3_mounts.0.bucket": "genes-raw"}),
    Row("bucket mounted elsewhere", "drain", {"data.s3_mounts.0.mount_point": "/raw"}),
    Row("a part of the bucket", "drain", {"data.s3_mounts.0.prefix": "2026/"}),
    Row("bucket read-only", "drain", {"data.s3_mounts.0.read_only": True}),
    Row(
        "new EFS",
        "drain",
        {"data.shared.+": {"name": "more", "type": "efs", "mount_point": "/more"}},
    ),
    Row("file system removed", "data-loss", {"data.shared.1": None}),
    Row("file system mounted elsewhere", "drain", {"data.shared.1.mount_point": "/fast"}),
    Row("file system grown", "live", {"data.shared.1.size_gib": 4800}),
    Row("file system of another type", "data-loss", {**SCRATCH, f"{SCRATCH_AT}.type": "efs"}),
    Row("file system filled from a bucket", "live", {f"{SCRATCH_AT}.import_from": "s3://genes"}),
    Row(
        "file system that also writes to its bucket",
        "live",
        {f"{SCRATCH_AT}.import_from": "s3://genes", f"{SCRATCH_AT}.export": True},
    ),
    Row("file system shrunk", "refused", {"data.shared.1.size_gib": 1200}),
    Row("/home of another name", "replace", {"data.shared.0.name": "people"}),
    Row("next Kubernetes", "live", {"eks.version": "1.36"}),
    Row("Auto Mode", "refused", {"eks.karpenter": "auto-mode", "compute.queues.2.efa": False}),
    Row("managed node groups", "stop", {"eks.karpenter": False}),
    Row("another administrator", "live", {"eks.admin_roles.+": ROLE}),
    Row("Calico", "stop", {"network.network_policy": "calico"}),
    Row("limit of CPUs", "live", {"tenants.0.quota.cpus": 128}),
    Row("limit of memory", "live", {"tenants.0.quota.memory": "256Gi"}),
    Row("limit of GPUs", "live", {"tenants.0.quota.gpus": 2}),
    Row("limit of nodes", "live", {"tenants.0.quota.nodes": 2}),
    Row("limit of storage", "live", {"tenants.1.quota": {"storage": "1Ti"}}),
    Row("member of a tenant", "live", {"tenants.0.users": ["ada", "bob"]}),
    Row("queue of a tenant", "live", {"tenants.0.queues.+": "mixed"}),
    Row("role of a tenant", "live", {"tenants.0.iam_roles": [ROLE]}),
    Row("tenant removed", "live", {"tenants.0": None}),
    Row("dedicated tenant removed", "stop", {"tenants.1": None}),
    Row("tenant of its own", "stop", {"tenants.0.isolation": "dedicated"}),
    Row("SSH from elsewhere", "live", {"network.ssh_from": ["198.51.100.0/24"]}),
    Row("other zones", "refused", {"network.zones": ["us-east-1c", "us-east-1d"]}),
    Row("another budget", "live", {"budget": 3000}),
    Row("another address for mail", "live", {"alert_emails": ["lab@example.org"]}),
)
NETWORK_ROWS = (
    Row("older Kubernetes", "refused", {"eks.version": "1.35"}),
    Row("/home that exists", "replace", {"data.shared.0.id": "fs-0123456789abcdef0"}),
    Row("file system kept", "live", {"data.shared.1.keep": True}),
    Row("another VPC", "refused", {"network.vpc_id": "vpc-0123456789abcdef9"}),
    Row(
        "another private subnet behind the first",
        "stop",
        {"network.private_subnets.1": "subnet-0123456789abcdef9"},
    ),
    Row(
        "another first private subnet",
        "refused",
        {"network.private_subnets.0": "subnet-0123456789abcdef9"},
    ),
    Row(
        "another public subnet",
        "live",
        {"network.public_subnets.0": "subnet-0123456789abcdef9"},
    ),
)
GROUP_ROWS = (
    Row("max_count raised", "stop", {"compute.queues.0.max_count": 12}),
    Row("type of the same size added", "stop", {f"{TYPES}.+": "c7i.4xlarge"}),
    Row("max_time changed", "live", {"compute.queues.1.max_time": "3-0"}),
)
WITH_IMAGES: dict[str, Any] = {
    "cluster": SEED["cluster"],
    "compute": {
        "queues": [
            {"name": "small", "instance_types": ["c5.4xlarge"]},
            {"name": "stats", "instance_types": ["c5.4xlarge"], "containers": ["r"]},
        ],
    },
    "software": {
        "spack_packages": ["zlib"],
        "containers": [
            {"name": "r", "image": "quay.io/lab/r:4", "modules": ["r"]},
            {"name": "py", "image": "quay.io/lab/py:3", "packages": ["python"]},
            {"name": "own", "packages": ["bwa"]},
        ],
    },
    "network": SEED["network"],
}
IMAGE_ROWS = (
    *further_changes.IMAGE_ROWS,
    Row(
        "image added",
        "live",
        {"software.containers.+": {"name": "jl", "image": "quay.io/lab/jl:1", "modules": ["jl"]}},
    ),
    Row("queue in an image of its own", "live", {"compute.queues.0.slurmd_image": "own"}),
    Row("another compiler", "live", {"software.compiler": "gcc@14"}),
    Row("another processor", "live", {"software.target": "x86_64_v4"}),
    Row("a build cache", "live", {"software.build_cache": "s3://site/cache"}),
    Row("another package", "live", {"software.spack_packages": ["zlib", "bwa"]}),
    Row("what runs containers", "live", {"software.container_runtime": "apptainer"}),
)
NO_ACCOUNTING: dict[str, Any] = {key: SEED[key] for key in SEED if key != "tenants"}
PLAIN_ROWS = (
    Row("accounting switched off", "replace", {"accounting": False}),
    Row("tenants come", "live", {"tenants": [SEED["tenants"][0]]}),
)
TABLES = (
    (SEED, ROWS, ""),
    (IN_A_NETWORK, NETWORK_ROWS, ""),
    (WITH_GROUPS, GROUP_ROWS, ", with managed node groups"),
    (WITH_IMAGES, IMAGE_ROWS, ""),
    (NO_ACCOUNTING, PLAIN_ROWS, ""),
)
"""Every change that is known, with its seed and what to add to its name."""
