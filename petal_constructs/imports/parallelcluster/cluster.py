"""What concerns the cluster as a whole: image, roles, Slurm, monitoring, tags."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.imports.parallelcluster.ledger import Part
from petal_constructs.imports.parallelcluster.rules import RULES
from petal_constructs.plan.from_seed import BUDGET_TAG

_OWN_LINES: Final = {
    "AccountingStorageTRES": "gres/gpu",
    "AccountingStorageEnforce": "associations,limits,safe",
}
"""Lines of slurm.conf that petal writes itself, with a database."""
_OLD_IMAGE: Final = (
    "it was made from a system that ParallelCluster has no longer: build it anew with pcluster "
    "build-image, then name cluster.custom_ami"
)
_LICENCE: Final = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_.-]*)(:(?P<count>[0-9]{1,7}))?")


def cluster_section(config: Part, name: str) -> dict[str, Any]:
    """Section `cluster`."""
    return {
        "name": name,
        "region": config.at("Region").keep("cluster.region"),
        **image(config),
        "tags": tags_of(config.at("Tags").items, "cluster.tags"),
        "slurm_settings": _slurm_settings(config.at("Scheduling", "SlurmSettings")),
        "permissions_boundary": config.at("Iam", "PermissionsBoundary").keep(
            "cluster.permissions_boundary"
        ),
        "resource_prefix": config.at("Iam", "ResourcePrefix").keep("cluster.resource_prefix"),
    }


def image(config: Part) -> dict[str, Any]:
    """The operating system and the image of all nodes."""
    part = config.at("Image", "Os")
    known = part.text is None or part.text in parallelcluster.FACTS.operating_systems
    retired = not known and part.text in RULES.retired
    os_name = _retired(part) if retired else part.keep("cluster.os")
    return {"os": os_name, "custom_ami": _custom_ami(config, retired=retired)}


def _retired(part: Part) -> str | None:
    """What comes near; None for petal's own choice."""
    name = part.text or ""
    near = RULES.retired[name]
    version, instead = parallelcluster.FACTS.version, near or "petal's default, Amazon Linux 2023"
    reason = f"ParallelCluster {version} has no image for {name}; the seed takes {instead}"
    part.become("changed", "cluster.os" if near else "", reason)
    return near or None


def _custom_ami(config: Part, *, retired: bool) -> str | None:
    """One image for all nodes, named for all of them at once or for each kind alike."""
    whole = config.at("Image", "CustomAmi")
    queues = config.at("Scheduling", "SlurmQueues").items
    pools = config.at("LoginNodes", "Pools").items
    kinds = [part.at("Image", "CustomAmi") for part in (config.at("HeadNode"), *queues, *pools)]
    said = {part.text or whole.text for part in kinds}
    chosen = said.pop() if len(said) == 1 else whole.text
    for part in (whole, *kinds):
        if retired:
            part.become("decide", "", _OLD_IMAGE)
        elif part.text == chosen:
            part.become("kept", "cluster.custom_ami")
        else:
            part.become("lost", "", "petal has one image for all nodes")
    return None if retired else chosen


def tags_of(tags: Iterable[Part], seed: str) -> dict[str, str]:
    """Pairs of key and value; the last of a key counts."""
    named = [(tag.at("Key").text, tag.at("Value").text, tag) for tag in tags]
    last = {key: tag for key, _, tag in named}
    found: dict[str, str] = {}
    for key, value, tag in named:
        if key is None or value is None:
            tag.become("lost", "", "a tag has Key and Value")
        elif key == BUDGET_TAG:
            reason = "petal's tag of a budget, whose sum stands elsewhere: add budget:"
            tag.become("decide", "", reason)
        elif last[key] is not tag:
            tag.become("lost", "", "a tag of that key stands again further down")
        else:
            tag.become("kept", f"{seed}.{key}")
            found[key] = value
    return found


def _slurm_settings(settings: Part) -> dict[str, str]:
    """Lines of slurm.conf: Slurm ignores the case of their names."""
    lines: dict[str, tuple[str, Part]] = {}
    for line in settings.at("CustomSlurmSettings").items:
        keys = line.keys
        if len(keys) != 1:
            line.become("lost", "", "a line with several parameters, which petal does not write")
            continue
        part = line.at(*keys)
        if part.text is None or _is_own(keys[0], part, settings) or keys[0].lower() == "licenses":
            continue
        if keys[0].lower() in lines:
            earlier = lines.pop(keys[0].lower())[1]
            earlier.ledger.entries.pop(earlier.path)
            earlier.become("lost", "", _again(part))
        part.become("kept", f"cluster.slurm_settings.{keys[0]}")
        lines[keys[0].lower()] = (keys[0], part)
    return {key: part.text or "" for key, part in lines.values()}


def _is_own(key: str, part: Part, settings: Part) -> bool:
    ours = part.text == _OWN_LINES.get(key) and settings.at("Database").keys != ()
    if ours:
        part.become("same", "accounting", "petal writes it wherever Slurm has a database")
    return ours


def licences(config: Part) -> list[dict[str, Any]]:
    """Entries of `software.licences`, of the last such line."""
    lines = config.at("Scheduling", "SlurmSettings", "CustomSlurmSettings").items
    said = [line.at(key) for line in lines for key in line.keys if key.lower() == "licenses"]
    for part in said[:-1]:
        part.become("lost", "", _again(said[-1]))
    words = [word for part in said[-1:] for word in (part.text or "").split(",")]
    matches = [_LICENCE.fullmatch(word) for word in words]
    if not all(matches):
        return []
    for part in said[-1:]:
        part.become("kept", "software.licences")
    counted = {m["name"]: int(m["count"] or 1) for m in matches if m}
    return [{"name": name, "count": count} for name, count in counted.items()]


def _again(part: Part) -> str:
    return f"it stands again on line {part.line}, which Slurm takes"


def accounting(config: Part) -> bool | None:
    """Whether Slurm has a database; petal makes one of its own."""
    database = config.at("Scheduling", "SlurmSettings", "Database")
    if not any(leaf.value is not None for leaf in database.leaves()):
        return None
    reason = "petal makes a database of its own; records in this one stay there"
    database.become("changed", "accounting", reason)
    return True


def monitoring(config: Part) -> dict[str, Any]:
    """Keys of the seed that say how closely the cluster is watched."""
    closely = config.at("Monitoring", "DetailedMonitoring")
    days = config.at("Monitoring", "Logs", "CloudWatch", "RetentionInDays")
    if closely.on:
        closely.become("kept", "monitoring")
    if days.number:
        days.become("kept", "log_retention_days")
    return {"monitoring": closely.on or None, "log_retention_days": days.number or None}
