"""The way from the text of a configuration to a seed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Final

from petal_constructs.errors import Problem, SeedError, UsageError
from petal_constructs.imports.parallelcluster import storage
from petal_constructs.imports.parallelcluster.batch import batch_queue
from petal_constructs.imports.parallelcluster.cluster import (
    accounting,
    cluster_section,
    licences,
    monitoring,
)
from petal_constructs.imports.parallelcluster.directory import directory
from petal_constructs.imports.parallelcluster.imported import Imported
from petal_constructs.imports.parallelcluster.ledger import Ledger, Part
from petal_constructs.imports.parallelcluster.logins import login_nodes
from petal_constructs.imports.parallelcluster.mending import mended
from petal_constructs.imports.parallelcluster.network import Places, network_section, places
from petal_constructs.imports.parallelcluster.nodes import settle_own
from petal_constructs.imports.parallelcluster.placeholders import readable
from petal_constructs.imports.parallelcluster.queues import queue
from petal_constructs.imports.parallelcluster.rules import RULES
from petal_constructs.seed import tree
from petal_constructs.seed.source import Source

_VERSION_2: Final = re.compile(
    r"^\s*\[(aws|global|aliases|cluster|vpc|queue|compute_resource|scaling|ebs|efs|fsx|raid|cw_log"
    r"|dashboard|dcv)( [^\]]*)?\]\s*$",
    re.MULTILINE,
)
_SECTIONS: Final = ("HeadNode", "Scheduling", "SharedStorage", "Image", "LoginNodes")
_CONVERTER: Final = (
    "pcluster3-config-converter, which comes with ParallelCluster 3, makes one of it"
)
_HINTS: Final = {
    "P004": "name a configuration of ParallelCluster: it has HeadNode: and Scheduling:",
    "P005": "keep one configuration in a file",
    "P007": "a configuration is some 10 levels deep; look for brackets that are not closed",
}
_RESOURCE: Final = "Custom::PclusterCluster"


def import_config(
    source: Source, *, name: str | None = None, vpc_id: str | None = None
) -> Imported:
    """A seed for a configuration, and what became of each of its values.

    Args:
        source: The text of the file.
        name: Name of the cluster, which the file does not hold. Default: made from the file's.
        vpc_id: VPC of its subnets, which it does not hold either. Default: left for a person.

    Raises:
        SeedError: The text is no YAML, or goes beyond a limit.
        UsageError: It is something else than a configuration of ParallelCluster 3.
    """
    if _VERSION_2.search(source.text):
        raise UsageError(f"{source.file}: a configuration of ParallelCluster 2\nhint: {_CONVERTER}")
    ledger = Ledger()
    whole = Part("", _parsed(source, ledger), ledger)
    config, named = _configuration(whole)
    if not any(section in config.keys for section in _SECTIONS):
        raise UsageError(f"{source.file}: {_something_else(whole)}")
    name = name or _name(ledger, named, source.file)
    seed = _seed(config, name, vpc_id)
    for leaf in whole.leaves():
        if leaf.path not in ledger.entries:
            RULES.settle(leaf, below=config.path)
    return mended(source.file, seed, ledger)


def _parsed(source: Source, ledger: Ledger) -> tree.Node:
    text, statements = readable(source.text)
    for statement in statements:
        reason = "a statement of a template was left out: petal read what stands around it"
        ledger.remark(statement.line, "decide", reason, value=statement.text)
    try:
        read = tree.parse(replace(source, text=text))
    except tree.Broken as broken:
        problem = broken.problem
        hint = _HINTS.get(problem.code, problem.hint)
        raise SeedError((replace(problem, hint=hint),)) from None
    for problem in read.problems:
        line = problem.place.line if problem.place else 0
        ledger.remark(line, "decide", _said(problem))
    return read.root


def _said(problem: Problem) -> str:
    """What the reader of seeds says, of a configuration."""
    said = problem.message.replace("a seed holds no YAML tags", "petal reads no YAML tags")
    if problem.code == "P009":
        return f"{said}; petal read that one alone"
    return f"{said}: {problem.hint}" if problem.hint else said


def _configuration(whole: Part) -> tuple[Part, Part | None]:
    """The configuration, and its name where it stands in a template of CloudFormation."""
    resources = whole.at("Resources")
    for key in resources.keys:
        resource = resources.at(key)
        if resource.at("Type").text == _RESOURCE:
            properties = resource.at("Properties")
            return properties.at("ClusterConfiguration"), properties.at("ClusterName")
    return whole, None


def _something_else(whole: Part) -> str:
    if "cluster" in whole.keys and {"compute", "platforms"} & set(whole.keys):
        return "a seed already\nhint: petal validate checks it"
    if "Build" in whole.keys:
        return "a configuration of an image (pcluster build-image), not of a cluster"
    return (
        f"no configuration of ParallelCluster: it has none of {', '.join(_SECTIONS)}\n"
        "hint: name the file that pcluster create-cluster took"
    )


def _name(ledger: Ledger, named: Part | None, file: str) -> str:
    """As the template says, or after the file."""
    if named and named.text:
        named.become("kept", "cluster.name")
        return named.text
    name = re.sub(r"[^A-Za-z0-9]+", "-", PurePath(file).stem).strip("-")
    name = (name if name[:1].isalpha() else f"cluster-{name}")[:60].strip("-")
    reason = f"the file does not name the cluster; the seed calls it {name}, after the file"
    ledger.remark(0, "decide", reason, "cluster.name")
    return name


def _seed(config: Part, name: str, vpc_id: str | None) -> dict[str, Any]:
    """All sections; what is empty is left out later."""
    scheduling, head = config.at("Scheduling"), config.at("HeadNode")
    slurm, batch = scheduling.at("SlurmQueues").items, scheduling.at("AwsBatchQueues").items
    where = places(config, (*slurm, *batch))
    _tell_of_people(config, by_petal=settle_own(head, head=True))
    shared = storage.shared(config)
    storage.settle_head_disk(head, shared)
    _tell_of_new_storage(config.ledger, where, shared)
    numbered = [f"compute.queues[{number}]" for number in range(len(slurm) + len(batch))]
    return {
        "cluster": cluster_section(config, name),
        "compute": {
            "head_node": head.at("InstanceType").keep("compute.head_node"),
            "login_nodes": login_nodes(config),
            "queues": [
                *(queue(part, seed, where) for part, seed in zip(slurm, numbered, strict=False)),
                *(
                    batch_queue(part, seed, where)
                    for part, seed in zip(batch, numbered[len(slurm) :], strict=True)
                ),
            ],
        },
        "software": {"licences": licences(config)},
        "directory": directory(config.at("DirectoryService")),
        "data": {
            "shared": shared,
            "s3_mounts": storage.buckets(list(_with_rights(config))),
        },
        "network": network_section(config, where, vpc_id),
        "accounting": accounting(config),
        **monitoring(config),
    }


def _tell_of_people(config: Part, *, by_petal: bool) -> None:
    """What is in no configuration of ParallelCluster."""
    if by_petal:
        reason = "petal wrote this file; users, software and buckets stand in the seed it came from"
        config.ledger.remark(0, "decide", reason, "users")
    elif not config.at("DirectoryService").keys:
        reason = "the file names no people: add users:, or directory:"
        config.ledger.remark(0, "decide", reason, "users")


def _tell_of_new_storage(ledger: Ledger, where: Places, shared: list[dict[str, Any]]) -> None:
    """It is empty, and an EFS stands in all private subnets, in each zone once."""
    for number, folder in enumerate(shared):
        if not folder["id"]:
            reason = (
                "it is made new, and empty; to go on with the data of a cluster that runs, write "
                "the id of its file system"
            )
            ledger.remark(0, "decide", reason, f"data.shared[{number}]")
    new = [folder for folder in shared if folder["type"] == "efs" and not folder["id"]]
    if new and len(where.private) > 1:
        reason = (
            "petal makes a new EFS in each of them, so no two may lie in one Availability Zone; "
            "a head node's subnet that is public belongs into public_subnets"
        )
        ledger.remark(0, "decide", reason, "network.private_subnets")


def _with_rights(config: Part) -> Iterator[Part]:
    yield config.at("HeadNode")
    yield from config.at("Scheduling", "SlurmQueues").items
