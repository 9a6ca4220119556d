"""Plan -> its manifests as text, with placeholders where AWS gives ids later."""

from __future__ import annotations

from typing import Any

import yaml

from petal_constructs.plan.values import FileSystem
from petal_constructs.platforms.pcs.charts.objects import Chart
from petal_constructs.platforms.pcs.manifests import Database, References, everything
from petal_constructs.platforms.pcs.system_pool import AUTO_MODE_CLASS, karpenter_nodes, system_pool
from petal_constructs.platforms.pcs.values import PcsPlan

FOLDER = "manifests"
_BASE: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_BASE):  # type: ignore[misc]  # either of two classes, the faster one where it is there
    """Texts of several lines stand as they are, for people to read."""


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)
    return node


_Dumper.add_representer(str, _text)


def files(plan: PcsPlan) -> dict[str, str]:
    """Relative path -> manifest in YAML, one file for each manifest resource of the stack."""
    return manifests_of(plan, placeholders(plan))


def manifests_of(plan: PcsPlan, known: References) -> dict[str, str]:
    """The same with these references."""
    charts = (*_system_nodes(plan, known), *everything(plan, known))
    return {f"{FOLDER}/{chart.name}.yaml": text(chart) for chart in charts}


def _system_nodes(plan: PcsPlan, known: References) -> tuple[Chart, ...]:
    """What starts further nodes for the cluster's own pods; managed node groups need nothing."""
    name = "system-nodes"
    match plan.kubernetes.node_starter:
        case "karpenter":
            nodes = karpenter_nodes(
                plan,
                role=known.role_name,
                security_group_id=known.security_group_id,
                subnet_ids=known.private_subnet_ids,
            )
            return (Chart(name, nodes),)
        case "auto-mode":
            return (Chart(name, [system_pool(AUTO_MODE_CLASS)]),)
        case _:
            return ()


def text(chart: Chart) -> str:
    """The objects of a chart as kubectl reads them."""
    documents: str = yaml.dump_all(chart.objects, Dumper=_Dumper, sort_keys=False, width=100)
    return documents


def placeholders(plan: PcsPlan) -> References:
    """References of the right form for manifests that are shown or checked, not deployed."""
    private = plan.network.private_subnet_ids or (
        "subnet-0123456789abcdef0",
        "subnet-0123456789abcdef1",
    )
    close = [queue.node_pool for queue in plan.queues if queue.placement_group]
    return References(
        role_name=f"petal-{plan.name}-nodes",
        security_group_id="sg-0123456789abcdef0",
        private_subnet_ids=private,
        placement_groups={pool: f"petal-{pool}" for pool in close},
        files={
            folder.name: FileSystem(
                id=folder.id or "fs-0123456789abcdef0",
                dns_name=f"{folder.id or 'fs-0123456789abcdef0'}.fsx.{plan.region}.amazonaws.com",
                mount_name="abcdefgh",
            )
            for folder in plan.folders
        },
        vpc_cidrs=("10.0.0.0/16",),
        login_is_public=plan.network.vpc_id is None or bool(plan.network.public_subnet_ids),
        database=Database(
            "database.example.internal",
            f"arn:aws:secretsmanager:{plan.region}:123456789012:secret:placeholder",
        ),
    )
