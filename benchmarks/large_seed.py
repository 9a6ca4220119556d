"""Seeds as large as a university would write: `python benchmarks/large_seed.py PLATFORM FILE`.

On pcs a dedicated tenant has one or two queues of its own; the other queues belong to all others.
Every tenant has a user with a key, a quota and an IAM role. On parallelcluster there is as much as
it takes of queues, and hundreds of users, dozens of buckets and ten file systems that exist.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

SIZES = (
    ("c7i.4xlarge",),
    ("m7i.4xlarge", "m7i.8xlarge"),
    ("r7i.8xlarge", "r6i.8xlarge"),
    ("g6.4xlarge",),
)
ONE_SIZE = (
    ("c5.4xlarge", "c6i.4xlarge", "c7i.4xlarge"),
    ("m5.4xlarge", "m6i.4xlarge", "m7i.4xlarge"),
    ("r5.4xlarge", "r6i.4xlarge", "r7i.4xlarge"),
)
"""Three types each that ParallelCluster starts as one group."""

KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIU7PiLR4eJQ6x5K8DmBXopbgf2itmhoZyvEOOzBntyZ example-only"
)


def large_seed(
    *, queues: int = 40, shared: int = 22, dedicated: tuple[int, ...] = (1, 2) * 4
) -> str:
    """The seed as YAML.

    Args:
        queues: How many there are in all.
        shared: Tenants that share a Slurm.
        dedicated: How many queues each tenant with a Slurm of its own has.
    """
    names = [f"queue{number:02}" for number in range(queues)]
    tenants = [_tenant(f"group{number:02}") for number in range(shared)]
    left = iter(names[queues - sum(dedicated) :])
    for number, own in enumerate(dedicated):
        taken = [next(left) for _ in range(own)]
        tenants.append(_tenant(f"clinic{number:02}") | {"isolation": "dedicated", "queues": taken})
    return yaml.safe_dump(
        {
            "cluster": {"name": "large", "region": "us-east-1", "platform": "pcs"},
            "compute": {"queues": [_queue(name, number) for number, name in enumerate(names)]},
            "tenants": tenants,
            "users": [_user(tenant["users"][0], 5001 + i) for i, tenant in enumerate(tenants)],
            "network": {"ssh_from": ["192.0.2.0/24"]},
        },
        sort_keys=False,
    )


def large_parallelcluster_seed(
    *, queues: int = 45, users: int = 500, mounts: int = 40, file_systems: int = 10
) -> str:
    """The seed as YAML: queues of three types of one size each, and so many of the others."""
    return yaml.safe_dump(
        {
            "cluster": {"name": "large", "region": "us-east-1"},
            "compute": {
                "head_node": "m6i.2xlarge",
                "queues": [_group(f"queue{number:02}", number) for number in range(queues)],
            },
            "users": [_user(f"user{number:03}", 5001 + number) for number in range(users)],
            "data": {
                "s3_mounts": [_mount(number) for number in range(mounts)],
                "shared": [_file_system(number) for number in range(file_systems)],
            },
            "network": {
                "vpc_id": "vpc-0123456789abcdef0",
                "public_subnets": ["subnet-0123456789abcdef0"],
                "private_subnets": ["subnet-0123456789abcdef1"],
                "ssh_from": ["192.0.2.0/24"],
            },
        },
        sort_keys=False,
    )


def _queue(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "instance_types": [*SIZES[number % len(SIZES)]], "max_count": 10}


def _group(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "instance_types": [*ONE_SIZE[number % len(ONE_SIZE)]], "max_count": 20}


def _mount(number: int) -> dict[str, Any]:
    mount = {"bucket": f"a-university-bucket-{number:02}", "mount_point": f"/buckets/{number:02}"}
    return mount | {"prefix": f"projects/{number}"} if number % 2 else mount


def _file_system(number: int) -> dict[str, Any]:
    kind, prefix = (("efs", "fs"), ("fsx-ontap", "fsvol"))[number % 2]
    return {
        "name": f"folder{number}",
        "type": kind,
        "mount_point": f"/folders/{number}" if number else "/home",
        "id": f"{prefix}-{number:017x}",
    }


def _tenant(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "users": [f"{name}-lead"],
        "quota": {"cpus": 256, "memory": "1Ti"},
        "iam_roles": [f"arn:aws:iam::123456789012:role/{name}"],
    }


def _user(name: str, uid: int) -> dict[str, Any]:
    return {"name": name, "uid": uid, "gid": uid, "ssh_public_keys": [KEY]}


if __name__ == "__main__":
    seeds = {"pcs": large_seed, "parallelcluster": large_parallelcluster_seed}
    Path(sys.argv[2]).write_text(seeds[sys.argv[1]](), encoding="utf-8")


def seed_of_images(images: int = 20, packages: int = 40) -> str:
    """A seed with many images that petal builds."""
    names = ", ".join(f"package-{number}@1.{number}" for number in range(packages))
    form = "    - {{name: i{0}, image: example.org/i{0}:1, packages: [{1}]}}\n"
    containers = "".join(form.format(number, names) for number in range(images))
    return f"""\
cluster: {{name: images, region: us-east-1}}
network: {{ssh_from: [192.0.2.0/24]}}
compute:
  head_node: m6i.large
  queues: [{{name: compute, instance_types: [c6i.large]}}]
software:
  containers:
{containers}"""
