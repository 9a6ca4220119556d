"""A seed for pcs with many queues and tenants: `python benchmarks/large_seed.py FILE`.

A dedicated tenant has one or two queues of its own; the other queues belong to all others. Every
tenant has a user with a key, a quota and an IAM role, as a university's would.
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


def _queue(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "instance_types": [*SIZES[number % len(SIZES)]], "max_count": 10}


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
    Path(sys.argv[1]).write_text(large_seed(), encoding="utf-8")
