"""What Slurm on Amazon EKS would refuse or leave aside, found before AWS is asked."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from typing import Final

from petal_constructs.catalog import pcs, regions, versions
from petal_constructs.errors import Problem
from petal_constructs.platforms import seed_rules
from petal_constructs.platforms.pcs import (
    limits,
    queue_checks,
    software_checks,
    storage_checks,
    tenant_checks,
)
from petal_constructs.platforms.pcs.planning import make_plan
from petal_constructs.platforms.pcs.values import PLATFORM
from petal_constructs.seed.compute import Compute
from petal_constructs.seed.model import Seed
from petal_constructs.seed.suggest import did_you_mean, one_of

_OPEN: Final = "logins and the Kubernetes API answer any address (though only with a key)"
_LAYER: Final = "aws-cdk.lambda-layer-kubectl-v"
"""Python package of a kubectl, with its minor version."""


def check(seed: Seed) -> list[Problem]:
    """Every problem of a seed that is to run on EKS."""
    part = seed.parts.get(PLATFORM)
    if part is None:
        return []
    path = seed.compute_path(PLATFORM)
    plan = make_plan(seed)
    tags = pcs.FACTS.tags
    return [
        *_region(seed),
        *_left_aside(seed, path, part),
        *_kubernetes(seed),
        *queue_checks.check(path, part, plan, seed),
        *limits.check(path, part, plan),
        *_network(seed),
        *storage_checks.check(seed),
        *tenant_checks.check(seed, plan),
        *seed_rules.bucket_policies(seed),
        *seed_rules.users(seed, pcs.FACTS.accounts.names),
        *seed_rules.tags(seed, most=tags.most, reserved=tags.reserved_prefixes),
        *seed_rules.ssh(seed, _OPEN),
        *_logins(seed),
        *software_checks.check(seed, path, part, plan),
        *seed_rules.budget(seed),
        *seed_rules.mail(seed, ("budget",)),
    ]


def _region(seed: Seed) -> Iterator[Problem]:
    region = seed.cluster.region
    partition = regions.partition_of(region)
    if partition is None:
        hint = did_you_mean(region, regions.names()) or one_of(regions.names())
        yield Problem("P401", "cluster.region", f"AWS has no region {region}", hint)
    elif partition.name in pcs.FACTS.partitions.isolated:
        message = f"{region} has no way to the internet, where charts and images come from"
        yield Problem("P401", "cluster.region", message, "choose a region of another partition")
    elif region not in regions.names():
        near = did_you_mean(region, regions.names())
        hint = near or "nothing is to be done if AWS opened it since"
        message = f"petal's catalog knows no region {region}"
        yield Problem("P401", "cluster.region", message, hint, level="warning")


def _left_aside(seed: Seed, path: str, part: Compute) -> Iterator[Problem]:
    """Keys of other platforms, which one seed for both may well hold."""
    automatic = seed.eks.karpenter == "auto-mode"
    alone = seed.eks.managed_node_groups or automatic
    calico = automatic and seed.network.network_policy == "calico"
    aside = {
        f"{path}.head_node": (part.head_node, "Slurm's controller and logins run in pods"),
        f"{path}.login_nodes": (part.login_nodes, "people log in to a pod"),
        "cluster.os": (seed.cluster.os, "nodes run what EKS offers, jobs see the image's system"),
        "cluster.custom_ami": (seed.cluster.custom_ami, "nodes run what EKS offers"),
        "cluster.resource_prefix": (seed.cluster.resource_prefix, "roles have the stack's name"),
        "cluster.provider": (seed.cluster.provider, "AWS ParallelCluster takes no part"),
        "directory": (seed.directory, "logins know those of users alone"),
        "cluster.slurm_settings": (seed.cluster.slurm_settings, "petal writes its slurm.conf"),
        "software.build_on": (seed.software.build_on, "packages come in images, built elsewhere"),
        "software.licences": (seed.software.licences, "Slurm counts none there"),
        "monitoring": (seed.monitoring, "no dashboard and no alarm is made there"),
        "log_retention_days": (seed.log_retention_days, "CloudWatch has EKS's own logs alone"),
        "network.key_name": (seed.network.key_name, "users log in with their ssh_public_keys"),
        "network.network_policy": (calico, "EKS Auto Mode enforces network policies itself"),
        "eks.managed_node_groups": (not alone, "the system's pods run on one anyway"),
    }
    for where, (written, instead) in aside.items():
        if written:
            hint = f"nothing is to be done; remove {where} if the seed is for pcs alone"
            message = f"pcs leaves it aside: {instead}"
            yield Problem("P402", where, message, hint, level="warning")


def _kubernetes(seed: Seed) -> Iterator[Problem]:
    version = seed.eks.version or versions.EKS.default
    release = versions.EKS.releases.get(version)
    if release is None:
        return  # P207 says so
    if version not in versions.EKS.in_standard_support:
        current = ", ".join(versions.EKS.in_standard_support)
        yield Problem(
            "P403",
            "eks.version",
            f"standard support of Kubernetes {version} ended on {release.standard_until}, "
            "and AWS charges extra since",
            f"leave it out for {versions.EKS.default}, or choose one of {current}",
            level="warning",
        )
    yield from _kubectl(version)


def _kubectl(version: str) -> Iterator[Problem]:
    """The kubectl that installs manifests is petal's, or one that the user put beside it."""
    kubectl = pcs.FACTS.kubectl
    ours, wanted = (int(name.split(".")[1]) for name in (kubectl.version, version))
    near = range(wanted - kubectl.skew, wanted + kubectl.skew + 1)
    if ours not in near and not any(map(_layer_installed, near)):
        yield Problem(
            "P404",
            "eks.version",
            f"petal brings kubectl {kubectl.version}, which is too far from Kubernetes {version}",
            f"pip install {_LAYER}{wanted}, or leave eks.version out for {versions.EKS.default}",
        )


def _layer_installed(minor: int) -> bool:
    try:
        metadata.version(f"{_LAYER}{minor}")
    except metadata.PackageNotFoundError:
        return False
    return True


def _network(seed: Seed) -> Iterator[Problem]:
    """EKS stands in two Availability Zones."""
    least = pcs.FACTS.network.zones
    network = seed.network
    if network.vpc_id and 0 < len(network.private_subnets) < least:
        yield Problem(
            "P405",
            "network.private_subnets",
            f"{len(network.private_subnets)} subnet, but EKS needs {least} in different zones",
            "add a private subnet in another Availability Zone",
        )
    if 0 < len(network.zones) < least:
        message = f"{len(network.zones)} zone, but EKS needs {least}"
        hint = "add another Availability Zone; nodes of a queue may still stand in one"
        yield Problem("P405", "network.zones", message, hint)


def _logins(seed: Seed) -> Iterator[Problem]:
    if not any(user.ssh_public_keys for user in seed.users):
        what = "none of them has ssh_public_keys" if seed.users else "missing"
        hint = "add ssh_public_keys: to a user" if seed.users else "add users: with a key each"
        message = f"{what}: no SSH login works"
        yield Problem("P317", "users", message, hint, level="warning")
