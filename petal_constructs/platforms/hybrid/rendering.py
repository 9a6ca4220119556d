"""Plan -> the texts of both sides, each in a folder of its own, with the same placeholders."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from petal_constructs.catalog import regions
from petal_constructs.plan.values import FileSystem
from petal_constructs.platforms.hybrid.values import HybridPlan
from petal_constructs.platforms.parallelcluster import rendering as on_ec2
from petal_constructs.platforms.parallelcluster.names import PLATFORM as EC2
from petal_constructs.platforms.pcs import rendering as on_eks
from petal_constructs.platforms.pcs.manifests import Entrance, References
from petal_constructs.platforms.pcs.values import PLATFORM as EKS

FOLDERS: Final = (EC2, EKS)


def files(plan: HybridPlan) -> dict[str, str]:
    """Relative path -> text, below `parallelcluster/` and `pcs/`."""
    sides = (
        on_ec2.files(plan.parallelcluster),
        on_eks.manifests_of(plan.pcs, placeholders(plan)),
    )
    return {
        f"{folder}/{path}": text
        for folder, texts in zip(FOLDERS, sides, strict=True)
        for path, text in texts.items()
    }


def placeholders(plan: HybridPlan) -> References:
    """Those of the pcs side, with the file systems that the other side has."""
    known = on_eks.placeholders(plan.pcs)
    ids = on_ec2.placeholders(plan.parallelcluster).storage.made
    return replace(
        known,
        files={
            name: _called(files, ids[name], plan.region) if name in ids else files
            for name, files in known.files.items()
        },
        entrance=_entrance(plan.region),
    )


def _entrance(region: str) -> Entrance:
    partition = regions.partition_of(region)
    arn = f"arn:{partition.name if partition else 'aws'}"
    place = f"{region}:123456789012"
    return Entrance(
        target_group_arn=f"{arn}:elasticloadbalancing:{place}:targetgroup/placeholder/0123456789abcdef",
        secret_arn=f"{arn}:secretsmanager:{place}:secret:placeholder-AbCdEf",
    )


def _called(files: FileSystem, file_system_id: str, region: str) -> FileSystem:
    return replace(
        files, id=file_system_id, dns_name=f"{file_system_id}.fsx.{region}.amazonaws.com"
    )
