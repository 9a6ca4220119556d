"""What ParallelCluster accepts comes back accepted, and means the same but for what is told."""

from __future__ import annotations

import re

import pytest
import yaml

from petal_constructs.planning import check_seed, plan_seed
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.rendering import placeholders
from petal_constructs.seed.load import inspect_source
from petal_constructs.seed.source import Source
from tests.imports.configurations import OWN, SAMPLES, imported, sample

pytestmark = pytest.mark.oracle

FAR = {"subnet-0aaaaaaaaaaaaaaa2": "b"}
"""The zone of subnets that are in another one than the first."""
ADDED = {
    r"Imds\.": "petal asks for it in every cluster",
    r"HeadNode\.Imds\.": "petal asks for it in every cluster",
    r".*CustomActions\.": "petal's own script",
    r".*Iam\.AdditionalIamPolicies": "petal's own policies",
    r".*LocalStorage\.RootVolume\.": "petal's own disks",
    r"SharedStorage\[/petal\]": "petal's own volume for software",
    r"SharedStorage\[.*\]\.\w+Settings\.": "what petal makes new, and encrypts",
    r".*AdditionalSecurityGroups": "of file systems and the database that petal makes",
    r"Scheduling\.SlurmSettings\.QueueUpdateStrategy": "ParallelCluster's is no less gentle",
    r"Scheduling\.SlurmSettings\.Database\.": "of the database that petal makes",
    r"Scheduling\.SlurmSettings\.CustomSlurmSettings\.AccountingStorage": "petal's own",
    r".*\.(CapacityType|AllocationStrategy|MinCount|MaxCount)": "ParallelCluster's default",
    r"HeadNode\.Ssh\.AllowedIps": "ParallelCluster's default",
    r"LoginNodes\..*GracetimePeriod": "ParallelCluster's default",
    r"DirectoryService\.": "ParallelCluster's default",
    r"Monitoring\.(Dashboards|Alarms)\.": "with petal's close look at the cluster",
    r".*CapacityReservationTarget\.": "of a whole queue, which is of its only resource",
    r".*SlurmQueues\[[^.]*\]\.Tags\[": "of a whole queue, which is of its only resource",
    r"Image\.CustomAmi": "of each kind of nodes, all the same",
}
"""What petal says that the file did not, and why."""
MOVED = {
    r".*ComputeResources.*\.CapacityReservationTarget\.": "at the queue",
    r".*ComputeResources.*\.Tags\[": "at the queue",
    r".*ComputeResources.*\.PlacementGroup\.": "at the queue",
    r".*ComputeResources\[[^\]]*\]\.InstanceType": "with other types of its size",
    r".*\.Image\.CustomAmi": "one for all nodes",
    r"DirectoryService\.DomainAddr": "with spaces or without",
    r".*ComputeResources.*\.HealthChecks\.": "at the queue",
    r".*Licenses": "in the seed's order",
    r"SharedStorage.*(DataRepository|ImportPath)": "of a file system that petal makes",
    r"SharedStorage.*(StorageCapacity|DeletionPolicy)": "of a file system that petal makes",
}
"""What stands elsewhere."""


def names(item, number):
    for key in ("Script", "MountDir", "Key", "Name", "InstanceType"):
        if key in item and not {"InstanceType", "Instances"} <= item.keys():
            return item[key]
    return number


def flat(value, key="", path=""):
    """Key that does not depend on the order of lists -> text and path in the file."""
    if isinstance(value, dict) and "Script" in value and not key.endswith("]"):
        yield from flat(value, f"{key}.Sequence[{value['Script']}]", path)
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from flat(below, f"{key}.{name}".lstrip("."), f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            of = _list_key(key, below, number)
            yield from flat(below, of, f"{path}[{number}]")
    elif value is not None:
        yield key, (str(value).lower(), path)


def _list_key(key, item, number):
    if key.endswith("CustomSlurmSettings"):
        return key
    if key.endswith("ComputeResources"):
        types = [item["InstanceType"]] if "InstanceType" in item else []
        types += [each["InstanceType"] for each in item.get("Instances", [])]
        return f"{key}[{'+'.join(sorted(types))}]"
    if key.endswith("Instances"):
        return key.removesuffix(".Instances")
    return f"{key}[{names(item, number) if isinstance(item, dict) else item}]"


def told(table, key):
    return any(re.match(pattern, key) for pattern in table)


def emitted(found):
    """The configuration of the seed, if it is one that can be built; with its zones."""
    seed = inspect_source(Source("x.yaml", found.text), check=check_seed)
    if seed.errors:
        return None
    plan = plan_seed(seed.unwrap())
    return cluster_config(plan, placeholders(plan))


def brought_up_to_date(config):
    """A public sample as today's ParallelCluster would take it, but for what it is about."""
    config = without_nulls(config)
    config["Region"] = "us-east-1"  # a simulated account of each region takes its time
    config["Image"]["Os"] = "alinux2023"
    config["HeadNode"]["InstanceType"] = "m6i.xlarge"
    for queue in config["Scheduling"]["SlurmQueues"]:
        for resource in queue["ComputeResources"]:
            resource["Name"] = resource["Name"].replace("_", "-")
    for pool in config.get("LoginNodes", {}).get("Pools", []):
        pool.get("Ssh", {}).pop("KeyName", None)  # refused since ParallelCluster 3.15
    return config


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(below) for key, below in value.items() if below is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def differences(original, found, again):
    """Keys whose meaning changed although the report does not say so."""
    fates = {entry.path: entry.fate for entry in found.entries}
    before, after = dict(flat(original)), {key: text for key, (text, _) in flat(again)}
    for key, (text, path) in before.items():
        fate, now = fates[path], after.get(key)
        if fate == "kept" and now != text and not told(MOVED, key):
            yield f"{key}: {text} -> {now}"
        if fate == "same" and now not in {None, text} and not told(ADDED, key):
            yield f"{key}: {text} -> {now}"
    if types_of(original) != types_of(again):
        yield f"instance types: {types_of(original)} -> {types_of(again)}"
    for key in after.keys() - before.keys():
        if not told(ADDED, key) and "ComputeResources" not in key:
            yield f"{key}: added"


def types_of(config):
    """Instance types of each queue."""
    return {
        queue["Name"]: {
            type_
            for resource in queue["ComputeResources"]
            for type_ in re.findall(r"'InstanceType': '([^']+)'", str(resource))
        }
        for queue in config["Scheduling"]["SlurmQueues"]
    }


ACCEPTED = {
    "accounting", "anchors", "directory", "many", "mpi", "own-images", "scripts",
    "several-sizes", "spot-and-reserved", "storage", "watched", "closed",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ACCEPTED))
def test_what_parallelcluster_accepts_is_accepted_again_and_means_the_same(parallelcluster, name):
    path = next(path for path in OWN if path.stem == name)
    original = yaml.safe_load(path.read_text())
    assert parallelcluster.errors(original, zones=FAR) == []
    found = imported(path)

    again = emitted(found)

    assert again, found.errors
    assert parallelcluster.errors(again, zones=FAR) == []
    assert list(differences(original, found, again)) == []


@pytest.mark.parametrize(
    "path", [path for path in OWN if path.stem not in ACCEPTED], ids=lambda path: path.stem
)
def test_whatever_else_loads_is_accepted(parallelcluster, path):
    again = emitted(imported(path))

    errors = parallelcluster.errors(again, zones=FAR) if again else []
    assert [error for error in errors if "p3.2xlarge" not in error] == []


REFUSED = {
    "088": "petal's own database needs a second subnet",
    "113": "the ARN of its secret has letters in place of the account's number",
}
"""Samples that ParallelCluster takes, and of which a person has to decide something."""


@pytest.mark.parametrize("name", SAMPLES)
def test_a_public_sample_that_is_accepted_today_is_accepted_again(parallelcluster, name, tmp_path):
    original = brought_up_to_date(yaml.safe_load(sample(name).read_text()))
    accepted = parallelcluster.errors(original) == []
    file = tmp_path / f"{name}.yaml"
    file.write_text(yaml.safe_dump(original))
    found = imported(file)

    again = emitted(found)

    assert again or not accepted or name in REFUSED, found.errors
    if again:
        assert parallelcluster.errors(again) == []
    if again and accepted:
        assert list(differences(original, found, again)) == []
